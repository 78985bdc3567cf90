import { survives } from '../survival/suite.ts';

describe('a worker that is killed while it has a node (npm run test:survival: at 50 moments in each step)', () => {
  survives({
    strike: 'kill',
    seed: 1,
    each: 1,
    steps: ['preflight', 'drain', 'upgrade', 'uncordon'],
    clusters: 1,
    lockSeconds: 1,
  });
});
