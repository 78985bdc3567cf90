import { createHmac } from 'node:crypto';
import { CHANNEL, type Scene, setScene } from '../support/slack-bot.ts';

describe('over HTTP, what Slack did not send is refused', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await setScene('HTTP');
  });
  afterEach(() => scene.stop());

  const BODY = new URLSearchParams({
    command: '/k8s',
    text: 'upgrade plan',
    user_id: 'U0ALICE',
    channel_id: CHANNEL,
    team_id: 'T0CAPSTAN',
    response_url: 'https://hooks.slack.com/commands/1',
    trigger_id: 'trigger-1',
  }).toString();

  function send({ seconds = 0, secret = scene.sim.signingSecret, path = '/slack/events' } = {}): Promise<Response> {
    const timestamp = String(Math.floor(scene.clock.ms / 1_000) + seconds);
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${BODY}`).digest('hex');
    return fetch(`http://127.0.0.1:${scene.listening.port}${path}`, {
      method: 'POST',
      body: BODY,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      },
    });
  }

  test.each([
    ['signed with another secret', { secret: 'guessed' }, 401],
    ['six minutes old', { seconds: -360 }, 401],
    ['six minutes ahead', { seconds: 360 }, 401],
    ['sent elsewhere', { path: '/' }, 404],
  ])('%s', async (_what, how, status) => {
    expect((await send(how)).status).toBe(status);
    expect(scene.useCases.asked.all).toEqual([]);
  });

  test('recorded and sent again: the second time changes nothing', async () => {
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(200);
    await scene.listening.stop();
    expect(scene.useCases.asked.all).toHaveLength(1);
  });
});
