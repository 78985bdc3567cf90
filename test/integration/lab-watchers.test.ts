import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kubectl } from '../lab/kubectl.ts';
import { Timeline } from '../lab/timeline.ts';
import { BudgetWatcher } from '../lab/watchers/budgets.ts';
import { ComponentWatcher } from '../lab/watchers/components.ts';
import { EndpointsWatcher } from '../lab/watchers/endpoints.ts';
import { JobWatcher } from '../lab/watchers/jobs.ts';
import { LeaseWatcher } from '../lab/watchers/leases.ts';
import { NodeWatcher } from '../lab/watchers/nodes.ts';
import { OwnPodsWatcher } from '../lab/watchers/own-pods.ts';

/** What the lab's watchers make of what a kubectl prints: the kubectl here prints what is written, and stays. */

const BETWEEN_S = 0.5;
/** Longer than a watch must be silent before it is believed to be complete. */
const TO_HEAR_MS = 1_000;
const UNSAID = 'unsaid-';
const silent = new Timeline(() => undefined);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-kubectl-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** For each resource the looks, one after another; a line is the type of the event and the fields. */
function kubectlThatPrints(looks: Readonly<Record<string, readonly (readonly string[])[]>>): Kubectl {
  const cases = Object.entries(looks).map(([resource, each]) => {
    const printed = each.map(lines => lines.map(line => `say '${line}'`).join('; ')).join(`; sleep ${BETWEEN_S}; `);
    return `${resource}) ${printed} ;;`;
  });
  for (const resource of Object.keys(looks)) writeFileSync(join(folder, `${UNSAID}${resource}`), '');
  const program = join(folder, 'kubectl');
  // Arguments: --kubeconfig FILE get RESOURCE ... ; a line with another number of fields than was asked for is not said.
  const script = [
    '#!/bin/sh',
    'asked=$(echo "$*" | grep -o "{.object" | wc -l)',
    `say() { [ "$(printf %s "$1" | tr -cd '|' | wc -c)" != "$asked" ] || echo "$1"; }`,
    `case $4 in\n${cases.join('\n')}\nesac`,
    `rm "${join(folder, UNSAID)}$4"`,
    'exec sleep 60',
  ];
  writeFileSync(program, script.join('\n'));
  chmodSync(program, 0o755);
  return new Kubectl(program, 'kubeconfig');
}

/** Watches until everything has been said, however long this machine takes for it, and heard. */
async function lookAt(watch: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const watching = new AbortController();
  const over = watch(watching.signal);
  while (readdirSync(folder).some(name => name.startsWith(UNSAID))) await delay(20);
  await delay(TO_HEAR_MS);
  watching.abort();
  await over;
}

test('a node that somebody had cordoned is not counted, and its release is told', async () => {
  const nodes = [
    ['ADDED|cp1||v1.36.3', 'ADDED|w1||v1.36.3', 'ADDED|w2|true|v1.36.3'],
    ['MODIFIED|w1|true|v1.36.3', 'MODIFIED|w1|true|v1.37.2', 'MODIFIED|w1||v1.37.2'],
    ['MODIFIED|w2||v1.36.3', 'MODIFIED|cp1|true|v1.36.3', 'MODIFIED|w1|true|v1.37.2'],
  ];
  const told: string[] = [];
  const watcher = new NodeWatcher(silent, node => told.push(node));
  await lookAt(signal => watcher.watch(kubectlThatPrints({ nodes }), signal));
  expect(watcher.cordons.map(({ node, to }) => [node, to !== undefined])).toEqual([
    ['w1', true],
    ['cp1', false],
    ['w1', false],
  ]);
  expect(watcher.kubelets).toMatchObject([{ node: 'w1', version: 'v1.37.2' }]);
  expect([...watcher.freed]).toEqual(['w2']);
  expect(watcher.mostCordoned).toBe(2);
  expect(told).toEqual(['w1', 'cp1', 'w1']);
});

test('a Job is at work until its last pod has ended, by the clock of the cluster', async () => {
  const job = (name: string, created: string, only = '') =>
    `ADDED|${name}|w1|2026-11-24T10:00:${created}Z|kubelet|${only}|v1.37.2`;
  const pod = (name: string, of: string, phase: string, ended = '') =>
    `MODIFIED|${name}|${of}|${phase}|${ended && `2026-11-24T10:00:${ended}Z`}`;
  const kubectl = kubectlThatPrints({
    jobs: [[job('look', '00', 'preflight'), job('one', '10'), job('two', '30')]],
    pods: [
      [pod('look-a', 'look', 'Succeeded', '10'), pod('one-a', 'one', 'Failed', '12'), pod('one-b', 'one', 'Running')],
      [pod('one-b', 'one', 'Succeeded', '30'), pod('two-a', 'two', 'Running')],
      [pod('two-a', 'two', 'Succeeded', '40')],
    ],
  });
  const watcher = new JobWatcher();
  const started: string[] = [];
  await lookAt(signal => watcher.watch(kubectl, silent, node => started.push(node), signal));
  expect(watcher.stories.map(({ endedAt = 0, startedAt }) => (endedAt - startedAt) / 1_000)).toEqual([10, 20, 10]);
  expect(watcher.together).toEqual([]);
  expect(started).toEqual(['w1', 'w1']);
});

test('two Jobs at work at the same time are named', async () => {
  const job = (name: string, second: string) => `ADDED|${name}|w1|2026-11-24T10:00:${second}Z|kubelet||v1.37.2`;
  const pod = (name: string, ended: string) => `ADDED|${name}-a|${name}|Succeeded|2026-11-24T10:00:${ended}Z`;
  const kubectl = kubectlThatPrints({
    jobs: [[job('one', '10'), job('two', '19')]],
    pods: [[pod('one', '20'), pod('two', '40')]],
  });
  const watcher = new JobWatcher();
  await lookAt(signal => watcher.watch(kubectl, silent, () => undefined, signal));
  expect(watcher.together).toEqual(['one on w1 and two on w1']);
});

test('a pod that leaves counts no more, and too few of them violate the budget', async () => {
  const pods = [
    ['ADDED|web-1||True|w1', 'ADDED|web-2||True|w1', 'ADDED|web-3||True|w2'],
    ['MODIFIED|web-1|2026-11-24T10:00:00Z|True|w1', 'MODIFIED|web-2||False|w1'],
  ];
  const watcher = new BudgetWatcher();
  const kubectl = kubectlThatPrints({ pods, poddisruptionbudgets: [['ADDED|web|3|2']] });
  await lookAt(signal => watcher.watch(kubectl, silent, signal));
  expect(watcher.violations).toEqual(['1 pods of shop/web were ready']);
  expect(watcher.fewestReady).toBe(1);
});

test('it is told when a pod begins to leave, and how much later the Service knows', async () => {
  const pods = [['ADDED|web-1||w1'], ['MODIFIED|web-1|2026-11-24T10:00:00Z|w1'], ['DELETED|web-1||w1']];
  const endpointslices = [
    ['ADDED|web-x|web-1 web-2'],
    ['MODIFIED|web-x|web-1 web-2'],
    ['MODIFIED|web-x|web-2'],
    ['MODIFIED|web-x|web-3', 'DELETED|web-x|'],
  ];
  const told: string[] = [];
  const timeline = new Timeline(line => told.push(line.replace(/^.*? s {2}/, '').replace(/\d\.\d s/, 'N s')));
  const kubectl = kubectlThatPrints({ pods, endpointslices });
  await lookAt(signal => new EndpointsWatcher().watch(kubectl, timeline, signal));
  expect(told).toEqual([
    'web-1 is in the Service',
    'web-2 is in the Service',
    'web-1 begins to leave w1',
    'web-1 is out of the Service, N s after it began to leave',
    'web-2 is out of the Service',
    'web-3 is in the Service',
    'web-3 is out of the Service',
  ]);
});

test('a component is told with what it runs from then on, and not with what it ran before', async () => {
  const pods = [
    ['ADDED|etcd-cp1|registry.k8s.io/etcd:3.6.8-0', 'ADDED|kube-scheduler-cp1|registry.k8s.io/kube-scheduler:v1.36.3'],
    [
      'DELETED|etcd-cp1|registry.k8s.io/etcd:3.6.8-0',
      'ADDED|etcd-cp1|',
      'MODIFIED|etcd-cp1|registry.k8s.io/etcd:3.7.0-0',
    ],
  ];
  const watcher = new ComponentWatcher();
  await lookAt(signal => watcher.watch(kubectlThatPrints({ pods }), silent, signal));
  expect(watcher.changes).toMatchObject([{ pod: 'etcd-cp1', image: 'registry.k8s.io/etcd:3.7.0-0' }]);
});

test('every run that held the lease is known, and nobody by whom it is not held', async () => {
  const leases = [
    ['ADDED|capstan-run|one'],
    ['MODIFIED|capstan-run|', 'MODIFIED|capstan-run|two', 'MODIFIED|capstan-run|'],
  ];
  const watcher = new LeaseWatcher();
  await lookAt(signal => watcher.watch(kubectlThatPrints({ leases }), silent, signal));
  expect([...watcher.holders]).toEqual(['one', 'two']);
});

test('a node that is cordoned counts as drained under a worker only while one is there and not leaving', async () => {
  const pods = [['ADDED|worker-a|w1|', 'ADDED|worker-b|w2|2026-11-24T10:00:00Z', 'ADDED|worker-c||']];
  const watcher = new OwnPodsWatcher();
  await lookAt(signal => watcher.watch(kubectlThatPrints({ pods }), signal));
  for (const node of ['w1', 'w2', 'w3']) watcher.cordoned(node);
  expect([...watcher.drainedUnderWorkers]).toEqual(['w1']);
});
