import type { Orders } from '../../../src/app/orders.ts';
import { ClusterUnreachable } from '../../../src/app/ports.ts';
import { type Reached, withinItsTime } from '../../../src/app/step-limits.ts';
import type { Step } from '../../../src/run/run.ts';
import { NOW } from '../plan/cluster-builder.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const timeouts = { drainTimeoutSeconds: 5, upgradeTimeoutSeconds: 120, readyTimeoutSeconds: 30, soakSeconds: 0 };

/** Nobody gives any. */
const NONE: Orders = {
  course: () => ({ kind: 'go', countedFrom: 0 }),
  stopped: new AbortController().signal,
  forced: () => [],
  onChange: () => () => undefined,
};

/** How long a step that never ends by itself is let go on, in seconds, and what it is said to have taken too long for. */
async function longest(name: Step, reached: Reached): Promise<{ readonly seconds: number; readonly words: string }> {
  const signal = new AbortController().signal;
  const words = await played(
    withinItsTime({ name, node: 'w-1', reached, timeouts, clock: Date, orders: NONE, signal }, async ({ either }) => {
      await pause(3_600_000, either);
      return 'it ended';
    }).catch((error: Error) => error.message),
  );
  return { seconds: (Date.now() - NOW) / 1_000, words };
}

describe('the time of a step', () => {
  const fresh: Reached = { step: 'claim', since: NOW, countedFrom: NOW };
  const ago = (seconds: number, step: Step = 'drain'): Reached => ({
    step,
    since: NOW - seconds * 1_000,
    countedFrom: NOW - seconds * 1_000,
  });

  it.each<[string, Step, Reached, number]>([
    ['is what the policy says, however short', 'drain', fresh, 5],
    ['is what the policy says, however short', 'ready', fresh, 30],
    ['is what the policy says, however short', 'upgrade', fresh, 120],
    ['is what an earlier worker has left of it', 'drain', ago(2), 3],
    ['is what an earlier worker has left of it', 'upgrade', ago(119, 'upgrade'), 1],
    ['is a last look for a worker that comes when it is over', 'drain', ago(5), 60],
    ['is a last look for a worker that comes when it is over', 'drain', ago(86_400), 60],
    ['counts once more for steps that an earlier worker had behind it', 'cordon', ago(2), 3],
    ['begins anew with the step behind the one that was reached', 'upgrade', ago(86_400), 120],
  ])('%s: %s, reached %j, in %i s', async (_rule, name, reached, seconds) => {
    expect(await longest(name, reached)).toEqual({
      seconds,
      words: expect.stringMatching(new RegExp(`^Step ${name} of node w-1 did not end within `)),
    });
  });

  it('leaves an error that may pass to the queue while there is time, and ends with it afterwards', async () => {
    const away = () => Promise.reject(new ClusterUnreachable('Nobody answers.'));
    const limits = {
      name: 'drain',
      node: 'w-1',
      timeouts,
      clock: Date,
      orders: NONE,
      signal: new AbortController().signal,
    } as const;
    await expect(withinItsTime({ ...limits, reached: ago(4) }, away)).rejects.toThrow(ClusterUnreachable);
    await expect(withinItsTime({ ...limits, reached: ago(6) }, away)).rejects.toThrow(
      'Step drain of node w-1 did not end within 5 s. Nobody answers.',
    );
  });
});
