import { subscribe } from 'node:diagnostics_channel';
import { claimWatcher } from '../src/app/claim-watcher.ts';
import { withDeadline } from '../src/app/deadline.ts';
import { drainNode } from '../src/app/drain.ts';
import { connectKubernetes } from '../src/kubernetes/kubernetes.ts';
import { NO_POLICY } from '../src/policy/settings.ts';
import { NO_ORDERS } from '../test/support/no-orders.ts';

/** What one process prints. */
export interface DrainRun {
  readonly wallMs: number;
  readonly requests: Readonly<Record<string, number>>;
}

const SECONDS = 300;
const [kubeconfig = '', node = ''] = process.argv.slice(2);
const clock = { now: () => Date.now() };
const FIRST = {
  run: 'bench',
  work: 'bench',
  attempt: 1,
  wasUnschedulable: false,
  cordons: 0,
  excluded: false,
  outOfService: false,
};
const requests: Record<string, number> = {};
subscribe('http.client.request.start', message => {
  const { method } = (message as { readonly request: { readonly method: string } }).request;
  requests[method] = (requests[method] ?? 0) + 1;
});

const { nodes, pods, close } = connectKubernetes({ kubeconfig, patienceMs: 60_000, onWarning: console.error });
const until = clock.now() + SECONDS * 1_000;
const limits = { at: () => until, seconds: SECONDS, clock, signal: new AbortController().signal };
await withDeadline(limits, async deadline => {
  const { drain } = NO_POLICY;
  // kubectl claims no node: what both do is measured, the cordon and the drain.
  const claimed = await nodes.claim(node, FIRST, deadline.either);
  for (const method of Object.keys(requests)) delete requests[method];
  const began = performance.now();
  const cordoned = await nodes.cordon(node, FIRST, drain, deadline.either);
  if (claimed.kind !== 'ok' || cordoned.kind !== 'ok') throw new Error(`node ${node} is ${cordoned.kind}`);
  const claim = cordoned.node.claim ?? FIRST;
  const assertClaimed = claimWatcher(node, claim, { nodes, clock });
  const onDeleted = async () => undefined;
  const report = async () => undefined;
  const reportFrom = until;
  const orders = NO_ORDERS;
  const rules = { ...drain, force: true };
  await drainNode({ node, rules, deadline, orders, onDeleted, reportFrom, report, assertClaimed }, { pods, clock });
  const run: DrainRun = { wallMs: performance.now() - began, requests: { ...requests } };
  await nodes.release(node, claim, deadline.either);
  process.stdout.write(JSON.stringify(run));
});
close();
