import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';

const NODE = 'worker-1';
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

describe('the heartbeat of a node', () => {
  it('is its lease, at every renewal', async () => {
    const seen: (number | undefined)[] = [];
    for await (const at of stage.kubernetes.nodes.watchHeartbeat(NODE, NEVER)) {
      seen.push(at);
      if (seen.length === 3) break;
    }
    const [first = 0, second = 0, third = 0] = seen;
    expect(first).toBeGreaterThan(Date.UTC(2020, 0));
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });

  it('is unknown where there is no lease', async () => {
    for await (const at of stage.kubernetes.nodes.watchHeartbeat('nowhere', NEVER)) {
      expect(at).toBeUndefined();
      return;
    }
  });
});
