import { createBell } from '../../../src/app/bell.ts';
import { NOW } from '../plan/cluster-builder.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const NEVER = new AbortController().signal;

async function elapsed(promise: Promise<unknown>): Promise<number> {
  const begun = Date.now();
  await promise;
  return Date.now() - begun;
}

describe('a bell', () => {
  it('wakes the one who waits', async () => {
    const bell = createBell();
    void pause(300).then(bell.ring);
    expect(await played(elapsed(bell.next(undefined, NEVER)))).toBe(300);
  });

  it('keeps one ring for the next who comes, however often it rang', async () => {
    const bell = createBell();
    bell.ring();
    bell.ring();
    expect(await played(elapsed(bell.next(5_000, NEVER)))).toBe(0);
    expect(await played(elapsed(bell.next(5_000, NEVER)))).toBe(5_000);
  });

  it('lets nobody wait longer than they want, and not at all for a time that has passed', async () => {
    const bell = createBell();
    expect(await played(elapsed(bell.next(700, NEVER)))).toBe(700);
    expect(await played(elapsed(bell.next(-5, NEVER)))).toBe(0);
  });

  it('takes a time that is longer than a timer for the longest that there is', async () => {
    expect(await played(elapsed(createBell().next(40 * 86_400_000, NEVER)))).toBe(2_147_483_647);
  });

  it('ends by throwing what the signal says', async () => {
    const bell = createBell();
    const stop = new AbortController();
    void pause(100).then(() => stop.abort(new Error('over')));
    await expect(played(bell.next(undefined, stop.signal))).rejects.toThrow('over');
    await expect(bell.next(0, stop.signal)).rejects.toThrow('over');
  });
});
