import type { NodeClaim } from '../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../src/cluster/taints.ts';
import { type Client, clientOf } from '../contract/client.ts';
import { nodeWhere, readyPods } from '../contract/world.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { next, PASS } from '../support/meddling-proxy.ts';
import { exampleClaim } from '../unit/plan/cluster-builder.ts';

const NODE = 'worker-1';
const CLAIM: NodeClaim = exampleClaim({ run: 'run-1', work: 'h0-2-worker-1', cordons: 0 });
const AGAIN = { ...CLAIM, attempt: 2 };
const PATCH = `PATCH /api/v1/nodes/${NODE}`;
const WAIT_MS = 20_000;

let stage: Stage;
let admin: Client;

/** A node of ours, claimed and cordoned, whose kubelet has fallen silent. */
beforeEach(async () => {
  stage = await startStage();
  admin = clientOf(stage.cluster.kubeconfig());
  const { nodes } = stage.kubernetes;
  await nodes.claim(NODE, CLAIM, NEVER);
  await nodes.cordon(NODE, CLAIM, { excludeFromLoadBalancers: false }, NEVER);
  stage.cluster.faults.silenceNode(NODE);
  await nodeIs('Unknown');
});
afterEach(() => stage.stop());

async function nodeIs(ready: string): Promise<void> {
  await nodeWhere(admin, NODE, ({ status }) =>
    Boolean(status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === ready)),
  );
}

async function taints(): Promise<readonly string[]> {
  const view = await stage.kubernetes.nodes.get(NODE, NEVER);
  return (view?.taints ?? []).filter(({ key }) => key === OUT_OF_SERVICE.key).map(({ value }) => value);
}

const podsOn = () => stage.cluster.pods().filter(({ spec }) => spec.nodeName === NODE);
const taintByHand = (value: string) =>
  admin.core.patchNode({
    name: NODE,
    body: [{ op: 'add', path: '/spec/taints/-', value: { ...OUT_OF_SERVICE, value } }],
  });

it(
  'pods that hang on a node which is taken out of service are deleted without its kubelet, and others take their place',
  async () => {
    const web = () => stage.cluster.pods().filter(({ metadata }) => metadata.labels?.app === 'web');
    const before = web().length;
    expect(podsOn().some(({ metadata }) => metadata.labels?.app === 'web')).toBe(true);
    const { nodes, pods } = stage.kubernetes;
    expect(await nodes.takeOutOfService(NODE, CLAIM, NEVER)).toMatchObject({
      kind: 'ok',
      node: { claim: { ...CLAIM, cordons: 1, outOfService: true } },
    });
    expect(await taints()).toEqual(['nodeshutdown']);
    for await (const left of pods.watchOn(NODE, AbortSignal.timeout(WAIT_MS))) {
      if (!left.some(({ labels }) => labels.app === 'web')) break;
    }
    const [namespace = ''] = web().map(({ metadata }) => metadata.namespace);
    await readyPods(admin, namespace, 'web', before);
    expect(podsOn().filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
  },
  2 * WAIT_MS,
);

it('what we set is set once, whatever becomes of the answer, and goes with the claim', async () => {
  const { nodes } = stage.kubernetes;
  stage.proxy.meddle = next(1, PATCH, { kind: 'lose-answer' });
  await nodes.takeOutOfService(NODE, CLAIM, NEVER);
  stage.proxy.meddle = () => PASS;
  const before = stage.proxy.count(PATCH);
  await nodes.takeOutOfService(NODE, CLAIM, NEVER);
  expect(stage.proxy.count(PATCH)).toBe(before);
  expect(await taints()).toEqual(['nodeshutdown']);
  stage.proxy.meddle = next(1, PATCH, { kind: 'lose-answer' });
  expect((await nodes.release(NODE, CLAIM, NEVER)).kind).toBe('ok');
  expect(await taints()).toEqual([]);
  expect((await nodes.get(NODE, NEVER))?.taints.map(({ key }) => key)).toContain('node.kubernetes.io/unreachable');
});

it('a taint of somebody else is none of ours, neither at first nor in the end', async () => {
  const { nodes } = stage.kubernetes;
  await taintByHand('theirs');
  expect(await nodes.takeOutOfService(NODE, CLAIM, NEVER)).toMatchObject({
    kind: 'ok',
    node: { claim: { outOfService: false } },
  });
  expect(await taints()).toEqual(['theirs']);
  expect((await nodes.release(NODE, CLAIM, NEVER)).kind).toBe('ok');
  expect(await taints()).toEqual(['theirs']);
});

it('a later attempt keeps it while the node is silent, and takes it away once the node is Ready', async () => {
  const { nodes } = stage.kubernetes;
  await nodes.takeOutOfService(NODE, CLAIM, NEVER);
  expect(await nodes.claim(NODE, AGAIN, NEVER)).toMatchObject({ node: { claim: { attempt: 2, outOfService: true } } });
  expect(await taints()).toEqual(['nodeshutdown']);
  stage.cluster.faults.reviveNode(NODE);
  await nodeIs('True');
  // Another worker of the same attempt, which keeps what else is known.
  expect(await nodes.claim(NODE, AGAIN, NEVER)).toMatchObject({
    node: { claim: { attempt: 2, cordons: 1, outOfService: false }, unschedulable: true },
  });
  expect(await taints()).toEqual([]);
});

it('nothing is done to a node that is Ready, another’s or gone', async () => {
  const { nodes } = stage.kubernetes;
  expect(await nodes.takeOutOfService(NODE, { ...CLAIM, run: 'run-2' }, NEVER)).toEqual({ kind: 'lost' });
  expect(await nodes.takeOutOfService(NODE, AGAIN, NEVER)).toEqual({ kind: 'lost' });
  expect(await nodes.takeOutOfService('nowhere', CLAIM, NEVER)).toEqual({ kind: 'gone' });
  stage.cluster.faults.reviveNode(NODE);
  await nodeIs('True');
  expect(await nodes.takeOutOfService(NODE, CLAIM, NEVER)).toMatchObject({
    node: { ready: 'True', claim: { outOfService: false } },
  });
  expect(await taints()).toEqual([]);
});
