import { CHANNEL, type Mode, postPlan, type Scene, setScene, storeRun, toldOnly } from '../support/slack-bot.ts';
import { exampleBlocker } from '../unit/run/example.ts';
import { finding, PLAN, textIn } from '../unit/slack/examples.ts';

let scene: Scene;
const MODES: readonly Mode[] = ['Socket Mode', 'HTTP'];

/** Waits until this person alone has been told these words. */
const heard = (user: string, words: string) =>
  scene.sim.until(it => toldOnly(it, user).some(said => said.includes(words)));

describe.each(MODES)('people speak to the bot over %s', mode => {
  beforeEach(async () => {
    scene = await setScene(mode);
  });
  afterEach(() => scene.stop());

  test('/k8s alone shows what there is, to whoever asked', async () => {
    expect(await scene.sim.command('alice', '#platform', '/k8s')).toEqual({ kind: 'done' });
    await heard('U0ALICE', '/k8s upgrade plan');
    expect(scene.useCases.asked.all).toEqual([]);
  });

  test('a word that is not known is named, with what was probably meant', async () => {
    await scene.sim.command('alice', '#platform', '/k8s nodez');
    await heard('U0ALICE', 'nodez');
    await heard('U0ALICE', 'Did you mean `/k8s nodes`?');
    await scene.sim.command('alice', '#platform', '/k8s <!channel> & all');
    await heard('U0ALICE', '&lt;!channel&gt;');
  });

  test('a question goes to the worker, and its answer comes back to whoever asked', async () => {
    await scene.sim.command('alice', '#platform', '/k8s nodes');
    await heard('U0ALICE', 'Looking at *prod*');
    const [asked] = scene.useCases.asked.all;
    expect(asked?.question).toEqual({ kind: 'nodes' });
    expect(asked?.where.replyTo).toMatchObject({ channel: CHANNEL, user: 'U0ALICE' });
    if (!asked) throw new Error('nothing was asked');
    const rows = [{ name: 'cp0', status: 'Ready', roles: '<none>', createdAt: 0, version: 'v1.36.0' }];
    const { replyTo } = asked.where;
    await scene.slack.deliver({ kind: 'answer', replyTo, cluster: 'prod', answer: { kind: 'nodes', rows } });
    await heard('U0ALICE', 'NAME   STATUS');
    expect(scene.sim.transcript()).toContain('cp0    Ready    <none>');
  });

  test('a pool is asked about, and the answer names it', async () => {
    await scene.sim.command('alice', '#platform', '/k8s nodes --pool gpu');
    await heard('U0ALICE', 'Looking at *prod*');
    const [asked] = scene.useCases.asked.all;
    expect(asked?.question).toEqual({ kind: 'nodes', pool: 'gpu' });
    if (!asked) throw new Error('nothing was asked');
    const rows = [{ name: 'w0', status: 'Ready', roles: '<none>', createdAt: 0, version: 'v1.36.0' }];
    const answer = { kind: 'nodes', rows, pool: 'gpu' } as const;
    await scene.slack.deliver({ kind: 'answer', replyTo: asked.where.replyTo, cluster: 'prod', answer });
    await heard('U0ALICE', '*prod*: 1 node of the pool `gpu`');
  });

  test('a plan is asked for as it was typed', async () => {
    await scene.sim.command('alice', '#platform', '/k8s upgrade plan 1.37 —cluster prod');
    await heard('U0ALICE', 'The plan will be posted here.');
    expect(scene.useCases.asked.all).toMatchObject([
      {
        question: { kind: 'plan', request: { target: { kind: 'minor', minor: { minor: 37 } } } },
        where: { cluster: 'prod' },
      },
    ]);
  });

  test('from plan to decision: the requester is refused, a second person sees the stored plan and approves it', async () => {
    const { message } = await postPlan(scene);
    scene.useCases.refusal = 'You asked for this plan, so somebody else must decide about it.';
    await scene.sim.click('alice', message, 'plan_approve');
    await heard('U0ALICE', 'somebody else must decide');
    expect(scene.sim.modal('alice')).toBeUndefined();

    scene.useCases.refusal = undefined;
    await scene.sim.click('bob', message, 'plan_approve');
    const modal = await scene.sim.until(it => it.modal('bob'));
    expect(textIn(modal.content)).toContain('Upgrade prod from v1.35.0 to v1.37.0');
    expect(await scene.sim.submit('bob', undefined)).toEqual({ kind: 'closed' });
    expect(await scene.useCases.decided.until(1)).toEqual([
      { planId: 'p1', digest: PLAN.digest, by: 'U0BOB', verdict: 'approve', reason: undefined },
    ]);
  });

  test('whoever rejects says why', async () => {
    const { message } = await postPlan(scene);
    await scene.sim.click('bob', message, 'plan_reject');
    await scene.sim.until(it => it.modal('bob'));
    await expect(scene.sim.submit('bob', undefined)).rejects.toThrow('complete the required field');
    await scene.sim.submit('bob', undefined, { reason: 'not on a Friday' });
    expect(await scene.useCases.decided.until(1)).toMatchObject([{ verdict: 'reject', reason: 'not on a Friday' }]);
  });

  test('a decision that comes too late is refused to whoever made it', async () => {
    const { message } = await postPlan(scene);
    await scene.sim.click('bob', message, 'plan_approve');
    await scene.sim.until(it => it.modal('bob'));
    scene.useCases.refusal = 'This plan was rejected by <@U0CAROL>. Plan again.';
    await scene.sim.submit('bob', undefined);
    await heard('U0BOB', 'rejected by <@U0CAROL>');
  });

  test('the details are open to everybody', async () => {
    const { message } = await postPlan(scene);
    scene.useCases.refusal = 'no';
    await scene.sim.click('gina', message, 'plan_details');
    const modal = await scene.sim.until(it => it.modal('gina'));
    expect(textIn(modal.content)).toContain('1. `cp0`');
  });

  test('buttons of a run give orders, and a refusal is told to whoever clicked', async () => {
    await storeRun(scene);
    await scene.slack.deliver({ kind: 'run-status', runId: 'r1' });
    const [status] = scene.sim.messages();
    if (!status) throw new Error('no status message was posted');
    await scene.sim.click('bob', status, 'run_pause');
    expect(await scene.useCases.ordered.until(1)).toEqual([
      { target: { runId: 'r1' }, order: { kind: 'pause' }, by: 'U0BOB', channel: CHANNEL },
    ]);
    scene.useCases.refusal = 'You are not among the people who may steer upgrades of this cluster.';
    await scene.sim.click('dave', status, 'run_abort');
    await heard('U0DAVE', 'not among the people');
  });

  test('buttons below a blocked drain give orders about that attempt at that node', async () => {
    await storeRun(scene);
    const at = { work: 'h0-2-w0', attempt: 2 };
    const note = { kind: 'drain-blocked', ...at, node: 'w0', blockers: [exampleBlocker()], again: false } as const;
    await scene.slack.deliver({ kind: 'run-note', runId: 'r1', note });
    const notice = scene.sim.messages().at(-1);
    if (!notice) throw new Error('no notice was posted');
    for (const action of ['blocked_wait', 'blocked_skip', 'blocked_abort'])
      await scene.sim.click('bob', notice, action);
    const given = { target: { runId: 'r1' }, by: 'U0BOB', channel: CHANNEL };
    expect(await scene.useCases.ordered.until(3)).toEqual([
      { ...given, order: { kind: 'wait', at } },
      { ...given, order: { kind: 'skip', at } },
      { ...given, order: { kind: 'abort' } },
    ]);
    scene.useCases.refusal = 'You are not among the people who may steer upgrades of this cluster.';
    await scene.sim.click('dave', notice, 'blocked_skip');
    await heard('U0DAVE', 'not among the people');
  });

  test('a pod is forced in a modal, by choosing it and typing its name', async () => {
    await storeRun(scene);
    const at = { work: 'h0-2-w0', attempt: 2 };
    const note = { kind: 'drain-blocked', ...at, node: 'w0', blockers: [exampleBlocker()], again: false } as const;
    await scene.slack.deliver({ kind: 'run-note', runId: 'r1', note });
    const notice = scene.sim.messages().at(-1);
    if (!notice) throw new Error('no notice was posted');
    await scene.sim.click('bob', notice, 'blocked_force');
    const modal = await scene.sim.until(it => it.modal('bob'));
    expect(textIn(modal.content)).toContain('• pod `shop/web-1` of Deployment/web');
    await expect(scene.sim.submit('bob', modal, { pod: 'uid-web-1' })).rejects.toThrow('Type its name');
    // The modal stays, with what was typed.
    expect(await scene.sim.submit('bob', modal, { pod: 'uid-web-1', name: 'web-2' })).toEqual({
      kind: 'errors',
      errors: { name: 'This is not the name of the pod that you chose, which is shop/web-1. Nothing was deleted.' },
    });
    expect(scene.sim.modal('bob')?.id).toBe(modal.id);
    await scene.sim.submit('bob', modal, { pod: 'uid-web-1', name: ' shop/web-1 ' });
    expect(await scene.useCases.forced.until(1)).toEqual([
      { runId: 'r1', at, by: 'U0BOB', channel: CHANNEL, uid: 'uid-web-1', typed: ' shop/web-1 ' },
    ]);
    scene.useCases.refusal = 'You are not among the people who may steer upgrades of this cluster.';
    await scene.sim.click('dave', notice, 'blocked_force');
    await heard('U0DAVE', 'not among the people');
  });

  test('a silent node is taken out of service in a modal, by typing its name', async () => {
    const { run } = await storeRun(scene);
    const failed = {
      kind: 'failed',
      attempt: 2,
      startedAt: 0,
      at: 1,
      step: 'drain',
      reason: 'silence',
      log: [],
    } as const;
    const works = run.works.map((work, place) =>
      place === 0 ? { ...work, state: { ...failed, silent: true as const } } : work,
    );
    const status = { kind: 'halted', work: works[0]?.key ?? '', at: 1, paused: undefined } as const;
    await scene.store.runs.update('r1', record => ({ ...record, run: { ...run, status, works } }));
    await scene.slack.deliver({ kind: 'run-status', runId: 'r1' });
    const [shown] = scene.sim.messages();
    if (!shown) throw new Error('no status message was posted');
    await scene.sim.click('bob', shown, 'run_out_of_service');
    const modal = await scene.sim.until(it => it.modal('bob'));
    expect(textIn(modal.content)).toContain('*The host of `w0` must be off for certain*');
    expect(textIn(modal.content)).toContain('node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
    expect(await scene.sim.submit('bob', modal, { node: 'w1' })).toEqual({
      kind: 'errors',
      errors: { node: 'This is not the name of the node, which is w0. Nothing was done.' },
    });
    expect(scene.sim.modal('bob')?.id).toBe(modal.id);
    await scene.sim.submit('bob', modal, { node: ' w0 ' });
    expect(await scene.useCases.declared.until(1)).toEqual([
      { runId: 'r1', at: { work: status.work, attempt: 2 }, by: 'U0BOB', channel: CHANNEL, typed: ' w0 ' },
    ]);
    scene.useCases.refusal = 'You are not among the people who may steer upgrades of this cluster.';
    await scene.sim.click('dave', shown, 'run_out_of_service');
    await heard('U0DAVE', 'not among the people');
  });

  test('orders can be typed as well, and the newest run is shown with the way to its message', async () => {
    await scene.sim.command('alice', '#platform', '/k8s upgrade status');
    await heard('U0ALICE', 'No upgrade is known.');
    await storeRun(scene);
    await scene.slack.deliver({ kind: 'run-status', runId: 'r1' });
    await scene.sim.command('alice', '#platform', '/k8s upgrade status');
    await heard('U0ALICE', 'Upgrade of prod to v1.37.0: running. *0 of 5 nodes done*. <http');
    await scene.sim.command('bob', '#platform', '/k8s upgrade pause');
    await heard('U0BOB', 'The order to pause is on its way.');
    expect(scene.useCases.ordered.all).toEqual([
      { target: { cluster: undefined }, order: { kind: 'pause' }, by: 'U0BOB', channel: CHANNEL },
    ]);
  });

  test('what Slack delivers twice is done once', async () => {
    scene.sim.faults.duplicateDeliveries = true;
    await scene.sim.command('alice', '#platform', '/k8s upgrade plan');
    await heard('U0ALICE', 'Looking at');
    const { message } = await postPlan(scene);
    await scene.sim.click('bob', message, 'plan_approve');
    await scene.sim.until(it => it.modal('bob'));
    await scene.listening.stop();
    expect(scene.useCases.asked.all).toHaveLength(1);
    expect(toldOnly(scene.sim, 'U0BOB')).toEqual([]);
  });

  test('a fault of ours is told to the person and to the operators', async () => {
    scene.useCases.fault = new Error('Redis is away');
    await scene.sim.command('alice', '#platform', '/k8s status');
    await heard('U0ALICE', 'Try again in a minute');
    expect(scene.errors).toMatchObject([{ cause: { message: 'Redis is away' } }]);
  });
});

test('a plan whose findings stop it cannot be approved with a button of an older message', async () => {
  scene = await setScene('Socket Mode');
  const { message, record } = await postPlan(scene);
  await scene.store.plans.update('p1', () => ({
    ...record,
    plan: { ...record.plan, findings: [finding('block', 'PDB_BLOCKS_DRAIN')] },
  }));
  await scene.sim.click('bob', message, 'plan_approve');
  await heard('U0BOB', 'Findings of this plan stop its approval.');
  await scene.stop();
});

test('the bot is there again after Slack was away', async () => {
  scene = await setScene('Socket Mode');
  scene.sim.faults.down = true;
  await scene.sim.until(it => it.socketMode.connections === 0);
  scene.sim.faults.down = false;
  await scene.sim.until(it => it.socketMode.connections === 1);
  await scene.sim.command('alice', '#platform', '/k8s help');
  await heard('U0ALICE', '/k8s upgrade plan');
  await scene.stop();
});
