import { contractOn } from './own-control-plane.ts';

contractOn('1.37');
