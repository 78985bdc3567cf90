import { workKey } from '../../../../src/kubernetes/driver/job-names.ts';
import { jobPodView, jobView, type WireJob, type WireJobPod } from '../../../../src/kubernetes/driver/job-views.ts';
import { describeSight, otherLive, sightOf, standingOf } from '../../../../src/kubernetes/driver/standing.ts';

const ID = 'run-1-h0-0-worker-1-1';
const OTHER = 'run-1-h0-0-worker-1-0';

function job(id: string, condition?: { type: string; reason?: string; message?: string }) {
  const wire: WireJob = {
    metadata: { name: `job-of-${id}`, labels: { 'capstan.dev/work': workKey({ id }) } },
    status: { conditions: condition ? [{ status: 'True', ...condition }] : [] },
  };
  return jobView(wire);
}

function pod(id: string, status: WireJobPod['status'], name = 'pod-1', createdAt = '2026-01-01T00:00:00Z') {
  const labels = { 'capstan.dev/work': workKey({ id }) };
  return jobPodView({ metadata: { name, labels, creationTimestamp: createdAt }, ...(status ? { status } : {}) });
}

function ended(exitCode: number, message?: string): WireJobPod['status'] {
  const terminated = message === undefined ? { exitCode } : { exitCode, message };
  return { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ state: { terminated } }] };
}

function waiting(reason: string, message?: string): WireJobPod['status'] {
  const said = message === undefined ? { reason } : { reason, message };
  return { phase: 'Pending', containerStatuses: [{ state: { waiting: said } }] };
}

function verdict(rc: number, work = ID): string {
  return JSON.stringify({ work, phase: 'kubelet', to: 'v1.37.2', step: 'verify', rc, reason: rc ? 'why' : '' });
}

const RUNNING: WireJobPod['status'] = { phase: 'Running', containerStatuses: [{ state: { running: {} } }] };
const REJECTED: WireJobPod['status'] = { phase: 'Failed', reason: 'OutOfpods', message: 'Node has no room' };
const DEADLINE = { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'too often' };

const standing = (jobs: ReturnType<typeof job>[], pods: ReturnType<typeof pod>[]) =>
  standingOf(sightOf(workKey({ id: ID }), jobs, pods));

test.each([
  ['a verdict of success', [job(ID)], [pod(ID, ended(0, verdict(0)))], { kind: 'verdict', verdict: { rc: 0 } }],
  [
    'a verdict of failure',
    [job(ID)],
    [pod(ID, ended(1, verdict(1)))],
    { kind: 'verdict', verdict: { rc: 1, reason: 'why' } },
  ],
  ['a verdict though the Job is gone', [], [pod(ID, ended(0, verdict(0)))], { kind: 'verdict' }],
  ['a verdict though the Job has failed', [job(ID, DEADLINE)], [pod(ID, ended(0, verdict(0)))], { kind: 'verdict' }],
  [
    'a verdict of an earlier pod',
    [job(ID)],
    [pod(ID, ended(0, verdict(0))), pod(ID, RUNNING, 'pod-2')],
    { kind: 'verdict' },
  ],
  ['a verdict on other work', [job(ID)], [pod(ID, ended(1, verdict(1, OTHER)))], { kind: 'under-way' }],
  ['a message that is no JSON', [job(ID)], [pod(ID, ended(1, 'sh: not found'))], { kind: 'under-way' }],
  ['a message that lacks a field', [job(ID)], [pod(ID, ended(1, `{"work":"${ID}","rc":0}`))], { kind: 'under-way' }],
  ['a pod that was killed', [job(ID)], [pod(ID, ended(137))], { kind: 'under-way' }],
  ['an interrupted unit', [job(ID)], [pod(ID, ended(75, ''))], { kind: 'under-way' }],
  ['a running pod', [job(ID)], [pod(ID, RUNNING)], { kind: 'under-way' }],
  [
    'a running pod while another waits',
    [job(ID)],
    [pod(ID, waiting('')), pod(ID, RUNNING, 'pod-2')],
    { kind: 'under-way' },
  ],
  ['no Job', [], [], { kind: 'job-deleted' }],
  ['only the Job of other work', [job(OTHER)], [pod(OTHER, RUNNING)], { kind: 'job-deleted' }],
  [
    'a Job that failed without a verdict',
    [job(ID, DEADLINE)],
    [pod(ID, ended(137))],
    { kind: 'job-over', why: 'BackoffLimitExceeded: too often' },
  ],
  [
    'a Job that is complete without a verdict',
    [job(ID, { type: 'Complete' })],
    [],
    { kind: 'job-over', why: 'Complete' },
  ],
  ['a Job that is about to fail', [job(ID, { type: 'FailureTarget' })], [pod(ID, ended(137))], { kind: 'under-way' }],
  ['a Job without a pod', [job(ID)], [], { kind: 'not-begun', final: false }],
  ['a pod that no kubelet has seen', [job(ID)], [pod(ID, { phase: 'Pending' })], { kind: 'not-begun', final: false }],
  [
    'an image that does not come',
    [job(ID)],
    [pod(ID, waiting('ImagePullBackOff'))],
    { kind: 'not-begun', final: false },
  ],
  [
    'an image that has no proper name',
    [job(ID)],
    [pod(ID, waiting('InvalidImageName'))],
    { kind: 'not-begun', final: true },
  ],
  ['a pod that the kubelet refused', [job(ID)], [pod(ID, REJECTED)], { kind: 'not-begun', final: false }],
])('%s', (_what, jobs, pods, expected) => {
  expect(standing(jobs, pods)).toMatchObject(expected);
});

test.each([
  ['a live one of other work', [job(OTHER)], [pod(OTHER, RUNNING)], true],
  ['one without a pod so far', [job(OTHER)], [], true],
  ['one whose pod was killed', [job(OTHER)], [pod(OTHER, ended(137))], true],
  ['one that is over', [job(OTHER, DEADLINE)], [pod(OTHER, ended(137))], false],
  [
    'one whose verdict is there though its status says nothing',
    [job(OTHER)],
    [pod(OTHER, ended(1, verdict(1, OTHER)))],
    false,
  ],
  ['our own', [job(ID)], [pod(ID, RUNNING)], false],
])('another Job on the node: %s', (_what, jobs, pods, live) => {
  expect(otherLive(workKey({ id: ID }), jobs, pods) !== undefined).toBe(live);
});

test.each([
  [[job(ID)], [], `its Job job-of-${ID} has no pod`],
  [[], [], 'it has no Job'],
  [[job(ID)], [pod(ID, RUNNING)], 'pod pod-1 is following it'],
  [[job(ID)], [pod(ID, { phase: 'Pending' })], 'the kubelet has not taken up pod pod-1'],
  [[job(ID)], [pod(ID, waiting('ErrImagePull', 'not found'))], 'pod pod-1 is waiting: ErrImagePull: not found'],
  [[job(ID)], [pod(ID, waiting('ContainerCreating'))], 'pod pod-1 is waiting: ContainerCreating'],
  [[job(ID)], [pod(ID, REJECTED)], 'the kubelet refused pod pod-1 (OutOfpods: Node has no room)'],
  [[job(ID)], [pod(ID, ended(137)), pod(ID, RUNNING, 'pod-2', '2026-01-01T00:01:00Z')], 'pod pod-2 is following it'],
  [[job(ID)], [pod(ID, ended(75))], 'pod pod-1 ended with exit code 75 and no verdict'],
])('people are told what is seen: %#', (jobs, pods, sentence) => {
  expect(describeSight(sightOf(workKey({ id: ID }), jobs, pods))).toBe(sentence);
});
