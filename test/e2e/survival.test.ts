import { STEPS } from '../survival/moments.ts';
import { survives } from '../survival/suite.ts';

const SOME = { steps: STEPS, lockSeconds: 3 };

describe('a worker that is killed while it has a node (npm run test:survival: at 50 moments in each step)', () => {
  survives({ ...SOME, strike: 'kill', seed: 20_260, each: 5, clusters: 2 });
});

describe('a worker that is frozen while it has a node, for longer than its lock lasts', () => {
  survives({ ...SOME, strike: 'freeze', seed: 20_261, each: 1, clusters: 2 });
});
