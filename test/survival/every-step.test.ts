import { STEPS } from './moments.ts';
import { survives } from './suite.ts';

const ALL = { steps: STEPS, lockSeconds: 3 };

describe('a worker that is killed while it has a node', () => {
  survives({ ...ALL, strike: 'kill', seed: 20_260, each: 50, clusters: 4 });
});

describe('a worker that is frozen while it has a node, for longer than its lock lasts', () => {
  survives({ ...ALL, strike: 'freeze', seed: 20_261, each: 5, clusters: 3 });
});
