import type { Blocker, BlockingBudget } from '../../../src/run/blocker.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunNote } from '../../../src/run/note.ts';
import { readPlace } from '../../../src/slack/views/place.ts';
import { noteMessage } from '../../../src/slack/views/thread-message.ts';
import { exampleBlocker } from '../run/example.ts';
import { buttonsIn, PLAN, textIn } from './examples.ts';

const fresh = newRun(PLAN, { id: 'r1', now: 0 });

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
