import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import type { Reminder } from '../../src/plan/reminders.ts';
import { startReminders } from '../../src/queue/reminders.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';
import { CHANNEL, type Scene, setScene, toldOnly } from '../support/slack-bot.ts';

describe.each(redisTargets())('the daily look on $name', ({ start }) => {
  let server: RedisServer;
  let redis: Redis;
  const errors: Error[] = [];
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await start();
    redis = new Redis(server.url);
  });
  beforeEach(async () => {
    await redis.flushall();
    errors.length = 0;
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  async function startLooking(remind: (signal: AbortSignal) => Promise<void>, everySeconds?: number) {
    const each = await startReminders({
      outage: UNHEARD,
      redisUrl: server.url,
      cluster: 'prod',
      lockSeconds: 15,
      remind,
      onError: error => void errors.push(error),
      ...(everySeconds === undefined ? {} : { everySeconds }),
    });
    running.push(each);
  }

  it('is taken at once and then once for each day, by one of the workers', async () => {
    const looks = new Seen<string>();
    await startLooking(async () => looks.add('first'));
    await startLooking(async () => looks.add('second'));
    await looks.until(1);
    await delay(500);
    expect(looks.all).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('goes on after a look that failed, and after Redis was emptied', async () => {
    const looks = new Seen<string>();
    await startLooking(async () => {
      looks.add('look');
      throw new Error('the cluster is away');
    }, 1);
    await looks.until(2);
    await redis.flushall();
    const clients = String(await redis.client('LIST')).split('\n');
    for (const line of clients) {
      const id = /^id=(\d+) /.exec(line)?.[1];
      if (id !== undefined && Number(id) !== (await redis.client('ID'))) await redis.client('KILL', 'ID', id);
    }
    const before = looks.all.length;
    await looks.until(before + 2);
    expect(errors.some(({ message }) => message.includes('the cluster is away'))).toBe(true);
  });
});

describe('a reminder in Slack', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await setScene('Socket Mode');
  });
  afterEach(() => scene.stop());

  const ends: Reminder = { kind: 'support-ends', key: 'k', minor: '1.35', day: '2027-02-28', daysLeft: 30 };
  const ended: Reminder = { kind: 'support-ended', key: 'k', minor: '1.34', day: '2026-10-27' };
  const patch: Reminder = { kind: 'new-patch', key: 'k', from: 'v1.36.2', to: 'v1.36.4' };

  it.each<[string, Reminder, string, string]>([
    ['support ends', ends, '*prod* runs Kubernetes 1.35, whose support ends in 30 days, on 2027-02-28.', 'next'],
    ['support ends today', { ...ends, daysLeft: 0 }, '*prod* runs Kubernetes 1.35, whose support ends today.', 'next'],
    ['support has ended', ended, '*prod* runs Kubernetes 1.34, which has not been supported since 2026-10-27:', 'next'],
    ['a patch is out', patch, 'Kubernetes v1.36.4 is out, a newer patch than the v1.36.2 of *prod*.', 'patch'],
  ])('that %s stands in the channel, and its button asks for the plan', async (_what, reminder, words, target) => {
    const delivery = await scene.slack.deliver({ kind: 'reminder', cluster: 'prod', channel: CHANNEL, reminder });
    expect(delivery).toEqual({ kind: 'done' });
    const message = scene.sim.messages(CHANNEL).at(-1);
    if (!message) throw new Error('nothing was posted');
    expect(message.text).toContain(words);
    await scene.sim.click('alice', message, 'reminder_plan');
    await scene.sim.until(it => toldOnly(it, 'U0ALICE').some(said => said.includes('The plan will be posted here.')));
    expect(scene.useCases.asked.all).toMatchObject([
      {
        question: { kind: 'plan', request: { target: { kind: target }, strategy: 'rolling' } },
        where: { cluster: 'prod', replyTo: { channel: CHANNEL, user: 'U0ALICE' } },
      },
    ]);
    expect(scene.errors).toEqual([]);
  });

  it('tells whoever may not plan that they may not', async () => {
    await scene.slack.deliver({ kind: 'reminder', cluster: 'prod', channel: CHANNEL, reminder: patch });
    const message = scene.sim.messages(CHANNEL).at(-1);
    if (!message) throw new Error('nothing was posted');
    scene.useCases.refusal = 'Guests may not ask for plans.';
    await scene.sim.click('alice', message, 'reminder_plan');
    await scene.sim.until(it => toldOnly(it, 'U0ALICE').some(said => said.includes('Guests may not ask for plans.')));
  });
});
