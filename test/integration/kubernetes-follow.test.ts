import { ClusterRefused } from '../../src/app/ports.ts';
import type { BudgetView, NodeView, PodView } from '../../src/cluster/snapshot.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, next, PASS } from '../support/meddling-proxy.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await startStage({ watchSeconds: 2 });
});

afterEach(async () => {
  for (const { stop } of started.splice(0)) stop.abort();
  await stage.stop();
});

const NODE = 'worker-1';
const WATCH = 'GET /api/v1/nodes?watch';
const LIST = 'GET /api/v1/nodes?limit';

/** Reads an endless sequence; `until` resolves with the first state that fits, from now on or the newest there is. */
class Following<T> {
  readonly all: T[] = [];
  readonly stop = new AbortController();
  readonly ended: Promise<unknown>;
  #wake: () => void = () => undefined;

  constructor(open: (signal: AbortSignal) => AsyncIterable<T>) {
    this.ended = this.#read(open(this.stop.signal));
    started.push(this);
  }

  async until(fits: (state: T) => boolean): Promise<T> {
    for (;;) {
      const last = this.all.at(-1);
      if (last !== undefined && fits(last)) return last;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  async #read(states: AsyncIterable<T>): Promise<unknown> {
    try {
      for await (const state of states) {
        this.all.push(state);
        this.#wake();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

const started: Following<unknown>[] = [];

function followNode(): Following<{ readonly node: NodeView | undefined }> {
  return new Following(async function* (signal) {
    for await (const node of stage.kubernetes.nodes.watch(NODE, signal)) yield { node };
  });
}

async function label(value: string): Promise<void> {
  await stage.kubernetes.client.core.patchNode({
    name: NODE,
    body: [{ op: 'add', path: '/metadata/labels/test', value }],
  });
}

const carries = (value: string) => (state: { readonly node: NodeView | undefined }) =>
  state.node?.labels.test === value;

describe('following', () => {
  it('gives what is there first, and then each change', async () => {
    const following = followNode();
    await following.until(({ node }) => node?.name === NODE);
    expect(following.all).toHaveLength(1);
    await label('one');
    await following.until(carries('one'));
    expect(stage.proxy.count(LIST)).toBe(1);
  });

  it('gives undefined once the node is deleted', async () => {
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    await stage.kubernetes.client.core.deleteNode({ name: NODE });
    await following.until(({ node }) => node === undefined);
  });

  it('gives undefined at once for a node that does not exist', async () => {
    for await (const node of stage.kubernetes.nodes.watch('nowhere', NEVER)) {
      expect(node).toBeUndefined();
      break;
    }
  });

  it('gives the pods of one node only', async () => {
    const pods = new Following<readonly PodView[]>(signal => stage.kubernetes.pods.watchOn(NODE, signal));
    const first = await pods.until(all => all.length > 0);
    const expected = stage.cluster.pods().filter(({ spec }) => spec.nodeName === NODE);
    expect(first.map(({ name }) => name).sort()).toEqual(expected.map(({ metadata }) => metadata.name).sort());
    const [victim] = first.filter(({ controller }) => controller?.kind === 'ReplicaSet');
    if (!victim) throw new Error('the scenario puts a replicated pod on each worker');
    await stage.kubernetes.pods.evict(victim, { graceSeconds: undefined, mayBeGranted: false }, NEVER);
    await pods.until(all => all.find(({ uid }) => uid === victim.uid)?.deletingSince !== undefined);
    await pods.until(all => all.every(({ uid }) => uid !== victim.uid));
  });

  it('gives a budget that did not change as the same object, and one that changed as another', async () => {
    const { core, policy } = stage.kubernetes.client;
    const body = (name: string) => ({
      metadata: { name },
      spec: { minAvailable: 0, selector: { matchLabels: { app: name } } },
    });
    await policy.createNamespacedPodDisruptionBudget({ namespace: 'default', body: body('other') });
    const budgets = new Following<readonly BudgetView[]>(signal =>
      stage.kubernetes.pods.watchBudgets(new Set(['default']), signal),
    );
    const named = (all: readonly BudgetView[], name: string) => all.find(budget => budget.name === name);
    const before = await budgets.until(all => named(all, 'web')?.disruptionsAllowed === 1);
    const [pod] = stage.cluster.pods().filter(({ metadata }) => metadata.labels?.app === 'web');
    await core.deleteNamespacedPod({ namespace: 'default', name: pod?.metadata.name ?? '' });
    const after = await budgets.until(all => named(all, 'web')?.disruptionsAllowed === 0);
    expect(named(after, 'other')).toBe(named(before, 'other'));
    expect(named(after, 'web')).not.toBe(named(before, 'web'));
    stage.cluster.faults.dropWatches();
    await policy.createNamespacedPodDisruptionBudget({ namespace: 'default', body: body('third') });
    const relisted = await budgets.until(all => named(all, 'third') !== undefined);
    expect(named(relisted, 'other')).toBe(named(before, 'other'));
  });

  it('tells nothing of budgets in other namespaces than those that were asked for', async () => {
    const { policy } = stage.kubernetes.client;
    const make = (namespace: string, name: string) =>
      policy.createNamespacedPodDisruptionBudget({
        namespace,
        body: { metadata: { name }, spec: { minAvailable: 0 } },
      });
    await make('kube-system', 'before');
    const asked = new Set(['default']);
    const budgets = new Following<readonly BudgetView[]>(signal => stage.kubernetes.pods.watchBudgets(asked, signal));
    const first = await budgets.until(() => true);
    expect(first.map(({ name }) => name)).toEqual(['web']);
    await make('kube-system', 'after');
    await make('default', 'last');
    const then = await budgets.until(all => all.some(({ name }) => name === 'last'));
    expect(then.map(({ name }) => name).sort()).toEqual(['last', 'web']);
  });

  it('goes on with one watch after the other, without a list between them', async () => {
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    await watches(2);
    await label('late');
    await following.until(carries('late'));
    expect(stage.proxy.count(LIST)).toBe(1);
  });

  it.each([
    ['its watch is cut off', () => stage.cluster.faults.dropWatches()],
    [
      'its history is gone (410)',
      () => {
        stage.cluster.faults.compact();
        stage.cluster.faults.dropWatches();
      },
    ],
    [
      'the API server goes away',
      () => {
        stage.cluster.faults.outage({ mode: 'refuse', seconds: 30 }, { mode: 'forbid', seconds: 30 });
      },
    ],
  ])('goes on after %s', async (_, fault) => {
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    fault();
    await stage.kubernetes.client.call({ verb: 'patch', resource: 'nodes' }, () => label('after'), NEVER);
    await following.until(carries('after'));
  });

  it('notices a watch that has fallen silent', async () => {
    stage.proxy.meddle = next(1, WATCH, { kind: 'fall-silent' });
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    await label('unheard');
    await following.until(carries('unheard'));
    expect(stage.proxy.count(LIST)).toBe(2);
  });

  it('does not hammer a server that ends every watch at once', async () => {
    stage.proxy.meddle = line => (line.startsWith(WATCH) ? { kind: 'answer', code: 200, body: '' } : PASS);
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    await watches(3);
    const before = performance.now();
    await watches(5);
    expect(performance.now() - before).toBeGreaterThan(300);
  });

  it.each(['GET /api/v1/nodes?limit', 'GET /api/v1/nodes?watch'])('ends where %s is refused for good', async what => {
    stage.proxy.meddle = line => (line.startsWith(what) ? failure(403, 'Forbidden', 'no right') : PASS);
    const error = await followNode().ended;
    expect(error).toBeInstanceOf(ClusterRefused);
    expect(String(error)).toContain('nodes');
  });

  it('ends with its signal, and leaves no watch open', async () => {
    const following = followNode();
    await following.until(({ node }) => node !== undefined);
    await watches(1);
    const reason = new Error('enough');
    following.stop.abort(reason);
    expect(await following.ended).toBe(reason);
    await stage.proxy.until(() => stage.proxy.open === 0);
    await label('unseen');
    expect(stage.proxy.count(WATCH)).toBe(1);
  });
});

/** Resolves once so many watches have been opened. */
function watches(count: number): Promise<void> {
  return stage.proxy.until(() => stage.proxy.count(WATCH) >= count);
}
