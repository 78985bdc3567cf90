import { withDeadline } from '../../src/app/deadline.ts';
import { drainNode } from '../../src/app/drain.ts';
import { NO_POLICY } from '../../src/policy/settings.ts';
import type { Blocker } from '../../src/run/blocker.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, type Meddling, PASS } from '../support/meddling-proxy.ts';
import { NO_ORDERS } from '../support/no-orders.ts';

const NODE = 'worker-1';
const SECONDS = 60;

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.stop());

/** What was reported of what keeps the pods, from the beginning. */
async function drain(onReport: (blockers: readonly Blocker[]) => void = () => undefined): Promise<Blocker[]> {
  const { pods } = stage.kubernetes;
  const clock = { now: () => Date.now() };
  const began = clock.now();
  const told: Blocker[] = [];
  await withDeadline({ at: () => began + SECONDS * 1_000, seconds: SECONDS, clock, signal: NEVER }, deadline =>
    drainNode(
      {
        node: NODE,
        rules: { ...NO_POLICY.drain, force: true },
        deadline,
        orders: NO_ORDERS,
        onDeleted: async () => undefined,
        reportFrom: began,
        report: async blockers => {
          told.push(...blockers);
          onReport(blockers);
        },
        assertClaimed: async () => undefined,
      },
      { pods, clock },
    ),
  );
  return told;
}

function podsOnNode() {
  return stage.cluster.pods().filter(({ spec }) => spec.nodeName === NODE);
}

describe('a drain, where the API server fails at evictions and does all else', () => {
  it.each<[string, Meddling, number | undefined, string]>([
    ['500', failure(500, 'InternalError', 'etcdserver: no space'), 500, 'etcdserver: no space'],
    ['503 in plain text', { kind: 'answer', code: 503, body: 'no upstream' }, 503, 'no upstream'],
    ['429 without a cause', failure(429, 'TooManyRequests', 'too many requests'), 429, 'too many requests'],
    ['a cut connection, each time', { kind: 'cut' }, undefined, 'it closed the connection'],
  ])('says so in its words, and ends once it does not: %s', async (_, meddling, code, detail) => {
    let fails = true;
    stage.proxy.meddle = line => (fails && line.endsWith('/eviction') ? meddling : PASS);
    const leaving = podsOnNode().filter(({ metadata }) => metadata.namespace === 'default');
    const told = await drain(blockers => {
      if (blockers.length >= leaving.length) fails = false;
    });
    expect(leaving.length).toBeGreaterThan(0);
    for (const { metadata } of leaving) {
      expect(told).toContainEqual(
        expect.objectContaining({ uid: metadata.uid, cause: { kind: 'trouble', code, detail } }),
      );
      expect(podsOnNode().map(pod => pod.metadata.uid)).not.toContain(metadata.uid);
    }
  });

  it('evicts none twice whose eviction was granted, though no answer is heard', async () => {
    const leaving = podsOnNode().filter(({ metadata }) => metadata.namespace === 'default');
    stage.proxy.meddle = line => (line.endsWith('/eviction') ? { kind: 'lose-answer' } : PASS);
    await drain();
    const { evictions } = stage.cluster.ledger;
    expect(leaving.map(({ metadata }) => evictions.get(metadata.uid))).toEqual(leaving.map(() => 1));
  });
});
