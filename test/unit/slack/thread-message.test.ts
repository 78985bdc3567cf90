import { newRun } from '../../../src/run/new-run.ts';
import type { RunNote } from '../../../src/run/note.ts';
import { noteMessage, stageNodesMessage } from '../../../src/slack/views/thread-message.ts';
import { PLAN, textIn } from './examples.ts';

const fresh = newRun(PLAN, { id: 'r1', now: 0 });

const version = { major: 1, minor: 36, patch: 0 };
const NOTES: readonly (readonly [RunNote, string])[] = [
  [{ kind: 'started' }, 'The upgrade of prod to v1.37.0 has started: 5 nodes.'],
  [
    { kind: 'node-started', node: 'cp0', phase: 'control-plane', target: version },
    '`cp0`: upgrading the control plane to v1.36.0, undrained.',
  ],
  [
    { kind: 'node-started', node: 'w0', phase: 'kubelet', target: version },
    '`w0`: draining, then upgrading the kubelet to v1.36.0.',
  ],
  [
    { kind: 'node-started', node: 'w0', phase: 'config', target: version },
    '`w0`: running kubeadm v1.36.0, undrained; its kubelet skips this version.',
  ],
  [
    { kind: 'node-done', node: 'w0', phase: 'config', target: version, ms: 9_000 },
    '`w0`: done, kubeadm v1.36.0 has prepared it, after 9 s.',
  ],
  [
    { kind: 'drifted', joined: ['w8', 'w9'], gone: ['w0'], finished: [], outside: [], unfit: [] },
    'New in an elastic pool, and taken along: `w8`, `w9`. Approved, but no longer in the cluster: `w0`.',
  ],
  [
    { kind: 'drifted', joined: [], gone: [], finished: ['w1'], outside: [], unfit: [] },
    'Approved, but with nothing left to do: `w1`.',
  ],
  [
    { kind: 'drifted', joined: [], gone: [], finished: [], outside: ['w1'], unfit: [] },
    'Approved, but left as they are, since their labels no longer make them part of it: `w1`.',
  ],
  [
    { kind: 'drifted', joined: [], gone: [], finished: [], outside: [], unfit: ['w1'] },
    'Approved, but left out, since nodes of elastic pools come and go, and these cannot take part now: `w1`.',
  ],
  [
    { kind: 'node-done', node: 'w0', phase: 'kubelet', target: version, ms: 125_000 },
    '`w0`: done, its kubelet runs v1.36.0, after 2 min.',
  ],
  [
    { kind: 'node-skipped', node: 'w0', phase: 'kubelet', by: 'UBOB', reached: undefined },
    '`w0`: skipped by <@UBOB>. It stays at its version.',
  ],
  [
    { kind: 'node-skipped', node: 'w0', phase: 'kubelet', by: 'UBOB', reached: version },
    '`w0`: skipped by <@UBOB>. It was upgraded to v1.36.0 and *not seen Ready* since: look at it.',
  ],
  [
    { kind: 'node-given-back-unseen', node: 'w0', phase: 'kubelet', target: version },
    '`w0`: given back. It was upgraded to v1.36.0 and *not seen Ready* since: look at it.',
  ],
  [{ kind: 'left-node-gone', node: 'w0' }, '`w0` is not in the cluster any more: nothing is left to be given back.'],
  [
    { kind: 'commanded', command: 'pause', by: 'UBOB', atOnce: ['w0'], later: [], staysPaused: false, pod: undefined },
    '<@UBOB> paused the upgrade. No further node is started. `w0` stands still as it is, cordoned if it was,',
  ],
  [
    {
      kind: 'commanded',
      command: 'abort',
      by: 'UBOB',
      atOnce: ['w0'],
      later: ['w1', 'w2'],
      staysPaused: false,
      pod: undefined,
    },
    '<@UBOB> aborts the upgrade. `w0` is given back now. `w1`, `w2` is finished first, as its host is at work.',
  ],
  [
    { kind: 'commanded', command: 'skip', by: 'UBOB', atOnce: ['w0'], later: [], staysPaused: false, pod: undefined },
    '<@UBOB> skips `w0`.',
  ],
  [
    { kind: 'commanded', command: 'wait', by: 'UBOB', atOnce: ['w0'], later: [], staysPaused: false, pod: undefined },
    '<@UBOB> keeps waiting for the drain of `w0`: its time begins anew',
  ],
  [
    {
      kind: 'commanded',
      command: 'force',
      by: 'UBOB',
      atOnce: ['w0'],
      later: [],
      staysPaused: false,
      pod: 'shop/web-1',
    },
    '<@UBOB> has pod `shop/web-1` deleted, past its disruption budget, if it still holds up `w0`',
  ],
  [
    { kind: 'pod-deleted', node: 'w0', pod: 'shop/web-1', by: 'UBOB' },
    '`w0`: pod `shop/web-1` was deleted past its disruption budget, as <@UBOB> ordered.',
  ],
  [{ kind: 'node-given-back', node: 'w0' }, '`w0`: given back as it was.'],
  [
    {
      kind: 'commanded',
      command: 'out-of-service',
      by: 'UBOB',
      atOnce: ['w0'],
      later: [],
      staysPaused: false,
      pod: undefined,
    },
    '<@UBOB> declares that the host of `w0` is off for certain. The worker looks whether that may be.',
  ],
  [
    { kind: 'out-of-service', node: 'w0', by: 'UBOB', ours: true },
    '`w0`: *out of service*, as <@UBOB> ordered. Its pods are deleted within a minute',
  ],
  [
    { kind: 'out-of-service', node: 'w0', by: 'UBOB', ours: false },
    'by a taint that somebody else had set, who has to take it away again',
  ],
  [
    { kind: 'back-in-service', node: 'w0' },
    '`w0`: the taint that Capstan had set to take it out of service is taken away.',
  ],
  [
    { kind: 'command-refused', command: 'retry', by: 'UBOB', why: 'there is no failed node to retry' },
    '<@UBOB> wanted to retry, which cannot be done: there is no failed node to retry.',
  ],
  [{ kind: 'aborted', done: 2, left: 3 }, 'Upgrade aborted: 2 nodes done, 3 not; what was reached on the way stays.'],
];

test.each(NOTES)('the thread is told: %j', (note, words) => {
  expect(textIn(noteMessage(fresh, note).blocks)).toContain(words);
});

test('a failure says that a silent node may be taken out of service, and says so of no other', () => {
  const note = { kind: 'failed', node: 'w0', phase: 'kubelet', step: 'drain', reason: 'silence', log: [] } as const;
  const words = 'or, where its host is off for certain, take it out of service';
  expect(textIn(noteMessage(fresh, { ...note, silent: true }).blocks)).toContain(words);
  expect(textIn(noteMessage(fresh, note).blocks)).not.toContain(words);
});

test('a failure is told with the newest lines of its log', () => {
  const log = Array.from({ length: 40 }, (_, place) => `line ${place} <x>`);
  const said = textIn(
    noteMessage(fresh, { kind: 'failed', node: 'w0', phase: 'kubelet', step: 'upgrade', reason: 'exit 1', log }).blocks,
  );
  expect(said).toContain('`w0`: *failed* while upgrading. exit 1');
  expect(said).toMatch(/```\nline 28 &lt;x&gt;\n[\s\S]*line 39 &lt;x&gt;\n```$/);
});

test('the nodes after a stage stand in a table as kubectl prints it', () => {
  const rows = [
    { name: 'cp0', status: 'Ready', roles: 'control-plane', createdAt: 0, version: 'v1.36.0' },
    { name: 'worker-10', status: 'Ready,SchedulingDisabled', roles: '<none>', createdAt: 0, version: 'v1.35.0' },
  ];
  const said = textIn(stageNodesMessage(fresh, { hop: 0, stage: 'control-plane', rows }, 3_600_000 * 50).blocks);
  expect(said).toContain('after the stage "control plane" of the way to v1.36.0');
  expect(said).toContain(
    [
      'NAME        STATUS                     ROLES           AGE    VERSION',
      'cp0         Ready                      control-plane   2d2h   v1.36.0',
      'worker-10   Ready,SchedulingDisabled   &lt;none&gt;          2d2h   v1.35.0',
    ].join('\n'),
  );
});

test.each([
  [
    'drain',
    'its host is not touched yet, because pv-1 is attached. It goes on by itself once that is well; `/k8s upgrade skip` gives',
  ],
  ['ready', 'it is not given back yet, because pv-1 is attached. It goes on by itself once that is well.'],
  [
    'gates',
    'the next node waits, because pv-1 is attached. It goes on by itself once that is well; `/k8s upgrade skip` does not',
  ],
] as const)('closed gates say what waits for them in the step %s', (step, words) => {
  const closed = [{ gate: 'volumes', why: 'pv-1 is attached' }] as const;
  expect(noteMessage(fresh, { kind: 'gates-closed', node: 'w0', step, skippable: true, closed }).text).toContain(words);
});

test('gates that somebody waives leave a node that is given back, cordoned or not', () => {
  const { text } = noteMessage(fresh, { kind: 'gates-waived', node: 'w0', by: 'UBOB' });
  expect(text).toBe('`w0` is upgraded and given back; for <@UBOB> it is not waited for until all is well.');
});
