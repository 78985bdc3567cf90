import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from '../../src/app/messages.ts';
import type { Message } from '../../src/demo/slack/workspace.ts';
import type { RunNote } from '../../src/run/note.ts';
import { CHANNEL, postPlan, type Scene, setScene, storeRun, toldOnly } from '../support/slack-bot.ts';
import { textIn } from '../unit/slack/examples.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await setScene('Socket Mode');
});
afterEach(() => scene.stop());

const NOTE: RunNote = { kind: 'started' };
const note = () => scene.slack.deliver({ kind: 'run-note', runId: 'r1', note: NOTE });
const status = () => scene.slack.deliver({ kind: 'run-status', runId: 'r1' });
const roots = () => scene.sim.messages().filter(({ threadTs }) => threadTs === undefined);
const replies = () => scene.sim.messages().filter(({ threadTs }) => threadTs !== undefined);
const DONE = { kind: 'done' };

describe('messages that are kept up to date', () => {
  test('a plan is posted once, and edited whenever its record has changed', async () => {
    const { message, record } = await postPlan(scene);
    await scene.store.plans.update('p1', () => ({ ...record, state: { kind: 'rejected', by: 'U0BOB', reason: 'no' } }));
    expect(await scene.slack.deliver({ kind: 'plan', planId: 'p1' })).toEqual(DONE);
    expect(roots()).toMatchObject([{ ts: message.ts }]);
    expect(textIn(roots()[0]?.blocks)).toContain('*Rejected* by <@U0BOB>: no');
  });

  test('the status message stands before anything is said in its thread', async () => {
    await storeRun(scene);
    expect(await note()).toEqual(DONE);
    const [root] = roots();
    expect(textIn(root?.blocks)).toContain('Upgrade of prod to v1.37.0: running');
    expect(replies()).toMatchObject([{ threadTs: root?.ts, text: expect.stringContaining('has started: 5 nodes') }]);
  });

  test('the status message is edited in place, also by another bot that starts later', async () => {
    const record = await storeRun(scene);
    await status();
    const finished = { ...record.run, status: { kind: 'finished', at: scene.clock.ms } as const };
    await scene.store.runs.update('r1', now => ({ ...now, run: finished }));
    await status();
    expect(roots()).toHaveLength(1);
    expect(textIn(roots()[0]?.blocks)).toMatch(/finished[\s\S]*v1\.37\.0/);
  });

  test('a status message that somebody deleted is posted anew, and the thread goes on below it', async () => {
    await storeRun(scene);
    await status();
    const [first] = roots();
    scene.sim.workspace.remove(first as Message);
    expect(await note()).toEqual(DONE);
    const [second] = roots();
    expect(second?.ts).not.toBe(first?.ts);
    expect(replies()).toMatchObject([{ threadTs: second?.ts }]);
  });

  test('the nodes are shown in the thread after a stage', async () => {
    await storeRun(scene);
    const rows = [{ name: 'cp0', status: 'Ready', roles: 'control-plane', createdAt: 0, version: 'v1.36.0' }];
    await scene.slack.deliver({ kind: 'run-nodes', runId: 'r1', hop: 0, stage: 'control-plane', rows });
    expect(textIn(replies()[0]?.blocks)).toContain('cp0    Ready    control-plane');
  });
});

describe('what is said below a plan', () => {
  const planNote = (planId: string) =>
    scene.slack.deliver({
      kind: 'plan-note',
      planId,
      note: { kind: 'not-counted', by: 'U0BOB', verdict: 'approve', why: 'they are not among the approvers there' },
    });

  test('stands in its thread and calls whoever it is about', async () => {
    const { message } = await postPlan(scene);
    expect(await planNote('p1')).toEqual(DONE);
    expect(replies()).toMatchObject([
      { threadTs: message.ts, text: expect.stringContaining('<@U0BOB>, your approval') },
    ]);
  });

  test('is dropped where the plan is posted nowhere, or forgotten', async () => {
    const { record } = await postPlan(scene);
    await scene.store.plans.create('p2', { ...record, plan: { ...record.plan, id: 'p2' } });
    expect(await planNote('p2')).toMatchObject({ kind: 'dropped', why: expect.stringContaining('posted nowhere') });
    expect(await planNote('p9')).toMatchObject({ kind: 'dropped', why: expect.stringContaining('not in the store') });
  });
});

describe('when Slack says no', () => {
  test('a pause that it asks for is kept to', async () => {
    await storeRun(scene);
    scene.sim.faults.rateLimit({ retryAfterSeconds: 7 });
    expect(await status()).toMatchObject({ kind: 'later', afterMs: 7_000 });
    expect(await status()).toEqual(DONE);
  });

  test('its own trouble is waited out, longer each time, and nothing is posted twice', async () => {
    await storeRun(scene);
    scene.sim.faults.serverError({ times: 2 });
    expect(await status()).toMatchObject({ kind: 'later', afterMs: 1_000 });
    expect(await status()).toMatchObject({ kind: 'later', afterMs: 2_000 });
    scene.sim.faults.down = true;
    expect(await status()).toMatchObject({ kind: 'later', afterMs: 4_000, why: expect.stringContaining('reached') });
    scene.sim.faults.down = false;
    expect(await status()).toEqual(DONE);
    scene.sim.faults.serverError();
    expect(await status()).toMatchObject({ kind: 'later', afterMs: 1_000 });
    expect(roots()).toHaveLength(1);
  });

  test('a channel where the bot is not is not asked again, and whoever wanted the plan is told', async () => {
    const { record } = await postPlan(scene);
    const elsewhere = { ...record, conversation: { channel: 'C0RANDOM', user: 'U0ALICE' }, plan: record.plan };
    await scene.store.plans.create('p2', { ...elsewhere, plan: { ...record.plan, id: 'p2' } });
    expect(await scene.slack.deliver({ kind: 'plan', planId: 'p2' })).toMatchObject({
      kind: 'dropped',
      why: expect.stringContaining('not_in_channel'),
    });
    expect(scene.sim.messages('D0ALICE')).toMatchObject([{ text: expect.stringContaining('Invite Capstan') }]);
  });

  test('what is not in the store any more is dropped', async () => {
    expect(await note()).toEqual({ kind: 'dropped', why: 'the run r1 is not in the store' });
    expect(await scene.slack.deliver({ kind: 'plan', planId: 'p9' })).toMatchObject({ kind: 'dropped' });
  });

  test('a store that is away is nobody’s answer: the error travels on', async () => {
    await scene.store.close();
    await expect(status()).rejects.toThrow();
  });
});

describe('answers', () => {
  const ANSWER: Answer = { kind: 'unreachable', detail: 'Nobody answers at 10.0.0.1.' };
  const answer = (responseUrl: string) =>
    scene.slack.deliver({
      kind: 'answer',
      cluster: 'prod',
      answer: ANSWER,
      replyTo: { channel: CHANNEL, user: 'U0ALICE', responseUrl },
    });

  async function ask(): Promise<string> {
    await scene.sim.command('alice', '#platform', '/k8s status');
    const [asked] = await scene.useCases.asked.until(1);
    await scene.sim.until('Looking at prod.');
    return asked?.where.replyTo.responseUrl ?? '';
  }
  const told = () => toldOnly(scene.sim, 'U0ALICE').filter(said => said.includes('Nobody answers')).length;
  const ephemerals = () => scene.sim.calls.filter(({ method }) => method === 'chat.postEphemeral').length;

  test('come by way of the response_url', async () => {
    expect(await answer(await ask())).toEqual(DONE);
    expect([told(), ephemerals()]).toEqual([1, 0]);
  });

  test('come another way when it is expired', async () => {
    const url = await ask();
    scene.clock.ms += 31 * 60_000;
    expect(await answer(url)).toEqual(DONE);
    expect([told(), ephemerals()]).toEqual([1, 1]);
  });

  test('come another way when it is used up', async () => {
    const url = await ask();
    for (let uses = 1; uses <= 5; uses++) expect(await answer(url)).toEqual(DONE);
    expect([told(), ephemerals()]).toEqual([5, 1]);
  });

  test('go nowhere but to Slack', async () => {
    let calls = 0;
    const other = createServer((_request, response) => {
      calls += 1;
      response.end();
    });
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    expect(await answer(`http://127.0.0.1:${(other.address() as AddressInfo).port}/x`)).toEqual(DONE);
    expect(await answer('not an address')).toEqual(DONE);
    expect([calls, told()]).toEqual([0, 2]);
    await new Promise(resolve => other.close(resolve));
  });

  test('wait while Slack is away', async () => {
    const url = await ask();
    scene.sim.faults.down = true;
    expect(await answer(url)).toMatchObject({ kind: 'later' });
  });
});

describe('who somebody is', () => {
  const GROUPS = ['S0APPROVERS'];
  const person = (id: string, groups: readonly string[] = GROUPS) => scene.slack.directory.person(id, groups);
  const groupCalls = () => scene.sim.calls.filter(({ method }) => method === 'usergroups.users.list').length;

  test.each([
    ['U0EDGAR', 'deactivated'],
    ['U0GINA', 'Guests'],
    ['U0SALLY', 'another Slack workspace'],
    ['U0CAPSTAN', 'Bots'],
    ['U0NOBODY', 'does not know'],
  ])('%s is an outsider', async (id, words) => {
    expect(await person(id)).toEqual({ kind: 'outsider', sentence: expect.stringContaining(words) });
  });

  test('members are told apart by the groups they are in', async () => {
    expect(await person('U0BOB')).toEqual({ kind: 'member', id: 'U0BOB', groups: new Set(GROUPS) });
    expect(await person('U0DAVE')).toEqual({ kind: 'member', id: 'U0DAVE', groups: new Set() });
    expect(await person('U0BOB', [])).toEqual({ kind: 'member', id: 'U0BOB', groups: new Set() });
  });

  test('a group is asked for once a minute', async () => {
    await person('U0BOB');
    await person('U0CAROL');
    scene.clock.ms += 59_000;
    await person('U0ALICE');
    expect(groupCalls()).toBe(1);
    scene.sim.workspace.groups.splice(0, 1, { ...scene.sim.approvers, users: ['U0CAROL'] });
    scene.clock.ms += 1_000;
    expect(await person('U0BOB')).toMatchObject({ groups: new Set() });
    expect(groupCalls()).toBe(2);
  });

  test('whoever cannot be looked up is let in by nobody', async () => {
    scene.sim.faults.serverError({ method: 'users.info', times: 2 });
    await expect(person('U0BOB')).rejects.toThrow();
    scene.sim.faults.serverError({ method: 'usergroups.users.list', times: 2 });
    await expect(person('U0BOB')).rejects.toThrow();
    await expect(person('U0BOB', ['S0UNKNOWN'])).rejects.toThrow('no_such_subteam');
    expect(await person('U0BOB')).toMatchObject({ kind: 'member' });
  });
});
