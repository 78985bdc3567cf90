import { type SimulatedSlack, startSimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import { connectSlack } from '../../src/slack/bot.ts';
import type { Transport } from '../../src/slack/entrance.ts';
import { Seen } from '../support/seen.ts';
import { RecordingUseCases } from '../support/slack-bot.ts';

let sim: SimulatedSlack;

beforeEach(async () => {
  sim = await startSimulatedSlack();
});
afterEach(() => sim.stop());

/** A bot that hears nobody, since nobody speaks; `told` is all that it has for operators. */
function bot(given: {
  readonly token?: string;
  readonly appToken?: string;
  readonly apiUrl?: string;
  readonly port?: number;
}) {
  const told = new Seen<string>();
  const { appToken = sim.appToken, port } = given;
  const transport: Transport =
    port === undefined ? { kind: 'socket-mode', appToken } : { kind: 'http', signingSecret: 'shh', port };
  const nowhere = { get: async () => undefined, create: async () => true, update: async () => undefined };
  const slack = connectSlack({
    token: given.token ?? sim.botToken,
    apiUrl: given.apiUrl ?? sim.apiUrl,
    transport,
    store: { plans: nowhere, runs: nowhere, posts: nowhere },
    policyOf: () => ({ approvers: [], approvalsNeeded: 1, selfApproval: false }),
    clock: Date,
    firstSeen: async () => true,
    onError: error => told.add(error.message),
    onWarning: sentence => told.add(sentence),
  });
  return { told, listen: () => slack.listen(new RecordingUseCases({ plans: nowhere, runs: nowhere })) };
}

test('an app-level token that Slack refuses is named, with what to look at', async () => {
  await expect(bot({ appToken: 'xapp-of-another' }).listen()).rejects.toThrow(
    /^Slack refuses the token in SLACK_APP_TOKEN \(invalid_auth\): look .* connections:write\.$/,
  );
});

test('a bot token that Slack refuses is told at the start, and not with the first command', async () => {
  const { told, listen } = bot({ token: 'xoxb-of-another' });
  const listening = await listen();
  expect(await told.until(1)).toEqual([
    expect.stringMatching(/^Slack refuses the token in SLACK_BOT_TOKEN \(invalid_auth\)/),
  ]);
  await listening.stop();
});

test('an address where Slack is not is asked again, and said to be', async () => {
  const apiUrl = new URL('/nowhere/', sim.apiUrl).href;
  const { told, listen } = bot({ apiUrl });
  void listen();
  expect((await told.until(1))[0]).toContain(`Slack (${apiUrl}) opens no connection, and is asked again: `);
});

test('a port that somebody else listens on is named with its setting', async () => {
  const port = Number(new URL(sim.origin).port);
  await expect(bot({ port }).listen()).rejects.toThrow(
    new RegExp(`^Slack's requests cannot be heard on port ${port} \\(PORT\\): .*EADDRINUSE`),
  );
});
