import * as fc from 'fast-check';
import type { RecipeOutcome } from '../../../src/app/recipe.ts';
import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { startWorker, TASK } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const example = fc.record({
  phase: fc.constantFrom('kubelet', 'control-plane'),
  pods: fc.integer({ min: 0, max: 6 }),
  minHealthy: fc.option(fc.integer({ min: 0, max: 5 })),
  cordoned: fc.boolean(),
  /** After so many milliseconds each worker dies; the last one lives. */
  deaths: fc.array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 45_000 })), { maxLength: 5 }),
} as const);
type Example = typeof example extends fc.Arbitrary<infer T> ? T : never;

async function carriedOut({ phase, pods, minHealthy, cordoned, deaths }: Example) {
  const nodes = [
    worker('w-1', '1.35.4', { unschedulable: cordoned }),
    worker('w-2', '1.35.4'),
    controlPlane('cp-1', '1.35.4'),
  ];
  const cluster = createCluster({
    nodes,
    pods: Array.from({ length: pods }, (_, index) => pod(`web-${index}`, 'w-1')),
    ...(phase === 'control-plane' ? { controlPlanes: { 'w-1': '1.35.4' } } : {}),
    budgets: minHealthy === null ? {} : { web: Math.min(minHealthy, Math.max(0, pods - 1)) },
  });
  let { reached } = TASK;
  let outcome: RecipeOutcome | undefined;
  for (const lifetime of [...deaths, Number.POSITIVE_INFINITY]) {
    const life = new AbortController();
    const worker = startWorker(cluster, { phase, reached }, { signal: life.signal });
    if (Number.isFinite(lifetime)) void pause(lifetime).then(() => life.abort(new Error('killed')));
    outcome = await worker.outcome.catch(ended);
    reached = worker.reached();
    if (outcome) break;
  }
  return { outcome, cluster };
}

function ended(error: unknown): undefined {
  if (!(error instanceof Error) || error.message !== 'killed') throw error;
  return undefined;
}

describe('a node whose workers die at any moment', () => {
  it('is upgraded once and given back as it was found', async () => {
    await fc.assert(
      fc.asyncProperty(example, async each => {
        const { outcome, cluster } = await played(carriedOut(each));
        expect(outcome).toEqual({ kind: 'done' });
        expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: each.cordoned });
        expect(cluster.started).toEqual(['r1-h0-2-w-1-1']);
        if (each.phase === 'control-plane') {
          expect(cluster.requests.filter(name => /^(evict|cordon)/.test(name))).toEqual([]);
        } else {
          expect(cluster.node('w-1')?.kubelet).toEqual(version('1.36.4'));
          expect(cluster.podsOn('w-1').filter(name => /^web-\d/.test(name))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
