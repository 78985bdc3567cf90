import type { AddressInfo } from 'node:net';
import { App, type BlockAction, type ButtonAction, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { type SimulatedSlack, startSimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';

const plain = (text: string) => ({ type: 'plain_text', text }) as const;

const PLAN: KnownBlock[] = [
  { type: 'section', text: { type: 'mrkdwn', text: 'Upgrade *prod* for <@U0ALICE>' } },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'plan_approve', text: plain('Approve'), value: 'plan-1', style: 'primary' },
      { type: 'button', action_id: 'plan_slow', text: plain('Slow') },
    ],
  },
];

const MODAL: ModalView = {
  type: 'modal',
  callback_id: 'approve_plan',
  private_metadata: 'plan-1',
  title: plain('Approve plan'),
  submit: plain('Approve'),
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: plain('Why'),
      element: { type: 'plain_text_input', action_id: 'reason', max_length: 20 },
    },
  ],
};

/** A little app that uses what Capstan uses. */
function register(app: App): void {
  app.command('/k8s', async ({ ack, command, respond, client }) => {
    if (command.text === 'quick') return ack('right away');
    if (command.text === 'silent') return;
    await ack();
    if (command.text === 'plan') {
      await client.chat.postMessage({ channel: command.channel_id, text: 'a plan', blocks: PLAN });
    } else {
      await respond({ text: `you said: ${command.text}` });
      await respond({ text: 'and everyone reads this', response_type: 'in_channel' });
    }
  });
  app.action<BlockAction<ButtonAction>>('plan_approve', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: MODAL });
  });
  app.view('approve_plan', async ({ ack, view, body, client }) => {
    const reason = view.state.values.why?.reason?.value ?? '';
    if (reason === 'bad') return ack({ response_action: 'errors', errors: { why: 'That is no reason.' } });
    if (reason === 'more') return ack({ response_action: 'update', view: { ...MODAL, title: plain('Once more') } });
    await ack();
    await client.chat.postMessage({
      channel: 'C0PLATFORM',
      text: `${body.user.name} approved ${view.private_metadata}`,
    });
  });
  app.event('app_mention', async ({ event, client }) => {
    await client.chat.postMessage({ channel: event.channel, thread_ts: event.ts, text: 'you called?' });
  });
}

type Started = { slack: SimulatedSlack; stop: () => Promise<void> };

async function overHttp(): Promise<Started> {
  const slack = await startSimulatedSlack();
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    token: slack.botToken,
    clientOptions: { slackApiUrl: slack.apiUrl },
    logLevel: LogLevel.ERROR,
  });
  register(app);
  const server = await receiver.start({ port: 0, host: '127.0.0.1' } as never);
  slack.target = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` };
  return {
    slack,
    stop: async () => {
      server.closeAllConnections();
      await app.stop();
      await slack.stop();
    },
  };
}

async function overSocketMode(): Promise<Started> {
  const slack = await startSimulatedSlack();
  const clientOptions = { slackApiUrl: slack.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    installerOptions: { clientOptions },
    clientPingTimeout: 300,
    logLevel: LogLevel.ERROR,
  });
  const app = new App({ receiver, token: slack.botToken, clientOptions, logLevel: LogLevel.ERROR });
  register(app);
  await app.start();
  return {
    slack,
    stop: async () => {
      await receiver.client.disconnect();
      await slack.stop();
    },
  };
}

describe.each([
  ['HTTP', overHttp],
  ['Socket Mode', overSocketMode],
])('a Bolt app over %s', (_mode, start) => {
  let slack: SimulatedSlack;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    ({ slack, stop } = await start());
  });
  afterEach(() => stop());

  it('answers a command through its response_url, to one and to all', async () => {
    expect(await slack.command('alice', '#platform', '/k8s a <b> & c')).toEqual({ kind: 'done' });
    await slack.until('and everyone reads this');
    const [only, all] = slack.messages();
    expect(only).toMatchObject({ text: 'you said: a &lt;b&gt; &amp; c', onlyFor: 'U0ALICE' });
    expect(all?.onlyFor).toBeUndefined();
    expect(slack.transcript()).toContain('you said: a <b> & c');
  });

  it('may put its answer into the acknowledgement', async () => {
    await slack.command('alice', '#platform', '/k8s quick');
    expect(slack.messages()).toMatchObject([{ text: 'right away', onlyFor: 'U0ALICE' }]);
  });

  it('goes from a command to a button to a modal to a message', async () => {
    await slack.command('alice', '#platform', '/k8s plan');
    const message = await slack.until(it => it.messages().find(({ blocks }) => blocks.length > 0));
    expect(slack.transcript()).toContain('Upgrade prod for @alice\n  [Approve] [Slow]');
    await slack.click('bob', message, 'plan_approve');
    const view = await slack.until(it => it.modal('bob'));
    await expect(slack.submit('bob', view, {})).rejects.toThrow('complete the required field "Why"');
    await expect(slack.submit('bob', view, { reason: 'x'.repeat(21) })).rejects.toThrow('at most 20 characters');
    expect(await slack.submit('bob', view, { reason: 'bad' })).toEqual({
      kind: 'errors',
      errors: { why: 'That is no reason.' },
    });
    expect(await slack.submit('bob', view, { reason: 'more' })).toMatchObject({ kind: 'updated' });
    expect(slack.transcript()).toContain('bob has this open: Once more');
    expect(await slack.submit('bob', undefined, { reason: 'fine' })).toEqual({ kind: 'closed' });
    await slack.until('bob approved plan-1');
    expect(slack.modal('bob')).toBeUndefined();
  });

  it('hears that it was mentioned and answers in the thread', async () => {
    const said = await slack.say('carol', '#platform', '@capstan are you there?');
    const answer = await slack.until(it => it.messages().find(({ text }) => text === 'you called?'));
    expect(answer.threadTs).toBe(said.ts);
  });

  it('shows the user an error when the app does not acknowledge within three seconds', async () => {
    expect(await slack.command('alice', '#platform', '/k8s silent')).toMatchObject({ kind: 'failed' });
    expect(slack.transcript()).toMatch(
      /alice was told: \/k8s failed with the error "(operation_timeout|http_service_error)"/,
    );
  });

  it('gets the same payload twice when asked to', async () => {
    slack.faults.duplicateDeliveries = true;
    await slack.command('alice', '#platform', '/k8s plan');
    await slack.until(it => it.messages().length === 2);
  });
});

describe('an app over Socket Mode', () => {
  it('connects again when Slack asks it to, and after Slack was down', async () => {
    const { slack, stop } = await overSocketMode();
    slack.socketMode.refresh();
    await slack.until(it => it.socketMode.connections === 0);
    await slack.until(it => it.socketMode.connections === 1);
    slack.faults.down = true;
    await slack.until(it => it.socketMode.connections === 0);
    expect(await slack.command('alice', '#platform', '/k8s quick')).toEqual({
      kind: 'failed',
      error: 'dispatch_failed',
    });
    slack.faults.down = false;
    await slack.until(it => it.socketMode.connections === 1);
    expect(await slack.command('alice', '#platform', '/k8s quick')).toEqual({ kind: 'done' });
    await stop();
  });
});
