import type { Blocker, BlockingBudget } from '../../../src/run/blocker.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunNote, RunState, RunStatus, WorkState } from '../../../src/run/run.ts';
import { readPlace } from '../../../src/slack/views/place.ts';
import { runMessage } from '../../../src/slack/views/run-message.ts';
import { noteMessage, stageNodesMessage } from '../../../src/slack/views/thread-message.ts';
import { activeState, exampleBlocker } from '../run/example.ts';
import { buttonsIn, PLAN, textIn } from './examples.ts';

const fresh = newRun(PLAN, { id: 'r1', now: 0 });

/** The run with its first works in these states. */
function run(status: RunStatus, states: readonly WorkState[] = []): RunState {
  return {
    ...fresh,
    status,
    works: fresh.works.map((work, place) => ({ ...work, state: states[place] ?? work.state })),
  };
}

const everywhere = (state: WorkState) => fresh.works.map(() => state);
const DONE: WorkState = { kind: 'done', attempt: 1, startedAt: 0, finishedAt: 1 };

const STATUSES: readonly (readonly [RunStatus, readonly string[], string])[] = [
  [{ kind: 'running' }, ['run_pause', 'run_abort'], 'Upgrade of prod to v1.37.0: running'],
  [{ kind: 'paused', by: 'UBOB', at: 1_000 }, ['run_resume', 'run_abort'], '*Paused* by <@UBOB>'],
  [{ kind: 'halted', work: 'w', at: 1_000, paused: undefined }, ['run_retry', 'run_skip', 'run_abort'], '*Halted*'],
  [{ kind: 'aborting', by: 'UBOB', at: 1_000 }, [], '*Aborting* for <@UBOB>'],
  [{ kind: 'aborted', by: 'UBOB', at: 1_000 }, [], '*Aborted* by <@UBOB>'],
  [{ kind: 'finished', at: 1_000 }, [], '*Upgrade finished*'],
];

test.each(STATUSES)('a run that is $kind offers what can be done about it', (status, buttons, words) => {
  const { blocks, text } = runMessage(run(status));
  expect(buttonsIn(blocks)).toEqual(buttons);
  expect(textIn(blocks)).toContain(words);
  expect(text).toContain('Upgrade of prod to v1.37.0');
});

test('only where a node fell silent it may be taken out of service, by a button that carries run, work and attempt', () => {
  const failed: WorkState = { kind: 'failed', attempt: 2, startedAt: 0, at: 1, step: 'drain', reason: 'no', log: [] };
  const halted: RunStatus = { kind: 'halted', work: 'h0-0-cp0', at: 1, paused: undefined };
  expect(buttonsIn(runMessage(run(halted, [failed])).blocks)).not.toContain('run_out_of_service');
  const silent: WorkState = { ...failed, silent: true };
  expect(buttonsIn(runMessage(run({ kind: 'aborting', by: 'UBOB', at: 1 }, [silent])).blocks)).toEqual([]);
  const { blocks } = runMessage(run(halted, [silent]));
  expect(buttonsIn(blocks)).toEqual(['run_retry', 'run_skip', 'run_out_of_service', 'run_abort']);
  expect(JSON.stringify(blocks)).toContain('"value":"r1 h0-0-cp0 2"');
});

test('abort and skip ask again, and buttons carry the id of the run', () => {
  const { blocks } = runMessage(run({ kind: 'halted', work: 'w', at: 0, paused: undefined }));
  const elements = blocks.flatMap(block => (block.type === 'actions' ? block.elements : []));
  expect(elements.map(element => 'confirm' in element)).toEqual([false, true, true]);
  expect(elements.every(element => 'value' in element && element.value === 'r1')).toBe(true);
});

test('shows what is under way since when, what holds it up, and how far each stage is', () => {
  const blockers = [exampleBlocker({ since: 30_000 })];
  const active = activeState({ attempt: 2, step: 'drain', stepSince: 90_000, blockers });
  const said = textIn(runMessage(run({ kind: 'running' }, [DONE, DONE, DONE, active])).blocks);
  expect(said).toContain('*0 of 5 nodes done*');
  expect(said).toMatch(/v1\.36\.0 control plane +█{20} {2}3 of 3/);
  expect(said).toMatch(/v1\.36\.0 its kubelets +░{20} {2}0 of 3/);
  expect(said).toMatch(/v1\.37\.0 workers +░{20} {2}0 of 2/);
  expect(said).toContain('`cp0` draining since <!date^90^{time_secs} ({ago})|00:01:30 UTC>, attempt 2');
  expect(said).toContain(
    'The drain of `cp0` waits for pod `shop/web-1` of Deployment/web, since <!date^30^{time_secs} ({ago})|00:00:30 UTC>: ' +
      'budget `shop/web` (minAvailable: 2), which needs 2 healthy pods, has 2 of 2, and allows no disruption',
  );
});

test('a failure stands above everything else', () => {
  const failed: WorkState = {
    kind: 'failed',
    attempt: 1,
    startedAt: 0,
    at: 1,
    step: 'upgrade',
    reason: 'apt-get <broken>',
    log: [],
  };
  const said = textIn(runMessage(run({ kind: 'halted', work: 'w', at: 0, paused: undefined }, [failed])).blocks);
  expect(said).toContain('`cp0` *failed* while upgrading: apt-get &lt;broken&gt;');
  expect(said).toContain('1 failed');
});

test('the last words of the status message and of the thread are "finished" and the version reached', () => {
  const finished = run({ kind: 'finished', at: 1_200_000 }, everywhere(DONE));
  const status = textIn(runMessage(finished).blocks);
  expect(status).toContain('*5 of 5 nodes done*');
  expect(status).toMatch(/finished.*after 20 min: prod runs v1\.37\.0\./);
  const { text } = noteMessage(finished, { kind: 'finished', nodes: 5, ms: 1_200_000 });
  expect(text).toBe('*Upgrade finished*: prod runs v1.37.0. 5 nodes in 20 min.');
});

test('a finished run does not hide the nodes that were skipped', () => {
  const states = everywhere(DONE).with(-1, { kind: 'skipped', by: 'UBOB', at: 1 });
  const said = textIn(runMessage(run({ kind: 'finished', at: 1 }, states)).blocks);
  expect(said).toContain('prod runs v1.37.0, except for 1 node that was skipped.');
});

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
  [{ kind: 'node-skipped', node: 'w0', phase: 'kubelet', by: 'UBOB' }, '`w0`: skipped by <@UBOB>.'],
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

describe('a blocked drain', () => {
  const said = (blockers: readonly Blocker[], again = false) =>
    textIn(
      noteMessage(fresh, { kind: 'drain-blocked', work: 'h0-2-w0', attempt: 1, node: 'w0', blockers, again }).blocks,
    );
  const ofBudget = (given: Partial<BlockingBudget>, more: Partial<Blocker> = {}): Blocker => {
    const { cause } = exampleBlocker();
    if (cause.kind !== 'budget') throw new Error('the example is held by a budget');
    return exampleBlocker({ ...more, cause: { kind: 'budget', budget: { ...cause.budget, ...given } } });
  };

  test('names each budget with its numbers, and below it pod, owner and since when', () => {
    const words = said([exampleBlocker(), exampleBlocker({ uid: 'u2', pod: 'shop/web-2', owner: '' })]);
    expect(words).toContain('`w0`: the drain waits for 2 pods.');
    expect(words).toContain(
      [
        'Held by budget `shop/web` (minAvailable: 2), which needs 2 healthy pods, has 2 of 2, and allows no disruption.' +
          ' It will never allow one: add a replica, or loosen the budget.',
        '• pod `shop/web-1` of Deployment/web, since <!date^0^{time_secs} ({ago})|00:00:00 UTC>',
        '• pod `shop/web-2`, since <!date^0^{time_secs} ({ago})|00:00:00 UTC>',
      ].join('\n'),
    );
    expect(said([exampleBlocker()], true)).toContain('the drain still waits for 1 pod.');
  });

  test('names the webhook or policy that denies evictions, and below it each pod with its words', () => {
    const denied = (kind: 'webhook' | 'policy', pod: string, detail: string) =>
      exampleBlocker({
        uid: pod,
        pod,
        owner: '',
        cause: { kind: 'denied', by: { kind, name: 'x.example.com' }, detail },
      });
    const words = said([
      denied('webhook', 'vms/a', 'it <moves>'),
      exampleBlocker(),
      denied('policy', 'vms/c', 'never'),
      denied('webhook', 'vms/b', 'it moves, too'),
    ]);
    const asked = 'which is asked again after growing pauses. Its words say what it waits for.';
    const since = 'since <!date^0^{time_secs} ({ago})|00:00:00 UTC>';
    expect(words).toContain(
      [
        `Denied by admission webhook \`x.example.com\`, ${asked}`,
        `• pod \`vms/a\`, ${since}: it &lt;moves&gt;`,
        `• pod \`vms/b\`, ${since}: it moves, too`,
        `Denied by ValidatingAdmissionPolicy \`x.example.com\`, ${asked}`,
        `• pod \`vms/c\`, ${since}: never`,
      ].join('\n'),
    );
    expect(words.indexOf('Held by budget')).toBeLessThan(words.indexOf('Denied by'));
  });

  test('says once what the API server in trouble answers, and below it which pods it answers so', () => {
    const troubled = (pod: string, code: number | undefined, detail: string) =>
      exampleBlocker({ uid: pod, pod, owner: '', cause: { kind: 'trouble', code, detail } });
    const words = said([
      troubled('shop/a', 500, 'etcdserver: <no> leader'),
      exampleBlocker(),
      troubled('shop/c', undefined, 'it refuses connections'),
      troubled('shop/b', 500, 'etcdserver: <no> leader'),
    ]);
    const look =
      'It is asked again every few seconds. Look at the API server, its etcd, and what stands between it and Capstan.';
    const since = 'since <!date^0^{time_secs} ({ago})|00:00:00 UTC>';
    expect(words).toContain(
      [
        `Neither granted nor refused: the API server answers 500: etcdserver: &lt;no&gt; leader. ${look}`,
        `• pod \`shop/a\`, ${since}`,
        `• pod \`shop/b\`, ${since}`,
        `Neither granted nor refused: the API server gives no answer: it refuses connections. ${look}`,
        `• pod \`shop/c\`, ${since}`,
      ].join('\n'),
    );
    expect(words.indexOf('Held by budget')).toBeLessThan(words.indexOf('Neither granted'));
  });

  test.each<[string, Blocker['cause'], boolean]>([
    ['a budget holds a pod', exampleBlocker().cause, true],
    ['the API server fails at evictions', { kind: 'trouble', code: 503, detail: 'no upstream' }, true],
    ['the API server has too much to do', { kind: 'trouble', code: 429, detail: 'too many requests' }, false],
    ['the API server gives no answer', { kind: 'trouble', code: undefined, detail: 'it did not answer' }, false],
    ['a pod is stopping', { kind: 'stopping', graceSeconds: 30 }, false],
  ])('offers to force where that can help: where %s', (_, cause, helps) => {
    const note = { kind: 'drain-blocked', work: 'h0-2-w0', attempt: 1, node: 'w0', again: false } as const;
    const { blocks } = noteMessage(fresh, { ...note, blockers: [exampleBlocker({ cause })] });
    const others = ['blocked_wait', 'blocked_skip', 'blocked_abort'];
    expect(buttonsIn(blocks)).toEqual(helps ? others.toSpliced(1, 0, 'blocked_force') : others);
  });

  test('has buttons that carry ids only: of run, work and attempt', () => {
    const note: RunNote = {
      kind: 'drain-blocked',
      work: 'h0-2-w0',
      attempt: 3,
      node: 'w0',
      blockers: [exampleBlocker()],
      again: false,
    };
    const { blocks } = noteMessage(fresh, note);
    expect(buttonsIn(blocks)).toEqual(['blocked_wait', 'blocked_force', 'blocked_skip', 'blocked_abort']);
    const values = JSON.stringify(blocks).match(/"value":"[^"]*"/g);
    expect(new Set(values)).toEqual(new Set(['"value":"r1 h0-2-w0 3"']));
    expect(readPlace('r1 h0-2-w0 3')).toEqual({ runId: 'r1', at: { work: 'h0-2-w0', attempt: 3 } });
  });

  test('counts the pods that are not healthy, since they use the budget up', () => {
    const words = said([ofBudget({ healthy: 2, expected: 3 })]);
    expect(words).toContain('1 of its 3 pods is not healthy: the budget opens when as many are again.');
    expect(words).not.toContain('AlwaysAllow');
  });

  test('says what helps where a budget counts none of the pods that it holds', () => {
    const words = said([ofBudget({ healthy: 0, desired: 0, expected: 0 })]);
    expect(words).toContain(
      'It will never allow one: its controller finds no replicas for these pods. Give it a whole',
    );
    expect(words).not.toContain('add a replica');
  });

  test('tells those apart that an eviction takes away, which a budget counts for a while though it was broken off', () => {
    const words = said([ofBudget({ healthy: 1, expected: 4, evicting: 1 })]);
    expect(words).toContain(
      '1 of its 4 pods is being evicted; where that was broken off, it counts for two minutes at most.',
    );
    expect(words).toContain('2 of its 4 pods are not healthy');
    const only = said([ofBudget({ healthy: 2, desired: 2, expected: 3, evicting: 1 })]);
    expect(only).not.toContain('not healthy:');
    expect(only).not.toContain('never allow');
  });

  test('suggests AlwaysAllow where an unhealthy pod itself is held, and the budget does not say so already', () => {
    const words = said([ofBudget({ healthy: 1, expected: 3 }, { ready: false })]);
    expect(words).toContain(
      'Unhealthy pods could leave at once (shop/web-1) if the budget said unhealthyPodEvictionPolicy: AlwaysAllow.',
    );
    expect(words).toContain('• pod `shop/web-1` of Deployment/web, not healthy, since');
    const allowed = said([ofBudget({ healthy: 1, expected: 3, alwaysEvictUnhealthy: true }, { ready: false })]);
    expect(allowed).not.toContain('AlwaysAllow');
  });

  test.each<[Blocker['cause'], string]>([
    [
      { kind: 'budgets', names: ['shop/a', 'shop/b'] },
      'the budgets shop/a, shop/b cover it at once, so that nobody can evict it',
    ],
    [{ kind: 'refused', detail: 'a webhook <said> no' }, 'a webhook &lt;said&gt; no'],
    [{ kind: 'stopping', graceSeconds: 600 }, 'it is stopping; its grace period is 600 s'],
  ])('says of %j what it is', (cause, words) => {
    expect(said([exampleBlocker({ cause })])).toMatch(
      new RegExp(`• pod \`shop/web-1\` of Deployment/web, since .*: ${words}`),
    );
  });
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
  expect(noteMessage(fresh, { kind: 'gates-closed', node: 'w0', step, closed }).text).toContain(words);
});

test('gates that somebody waives leave a node that is given back, cordoned or not', () => {
  const { text } = noteMessage(fresh, { kind: 'gates-waived', node: 'w0', by: 'UBOB' });
  expect(text).toBe('`w0` is upgraded and given back; for <@UBOB> it is not waited for until all is well.');
});
