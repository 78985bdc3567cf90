import type { Logger } from './logger.ts';

/** Something that was started and can be stopped. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
}

/** A part of a process. */
export interface Startable {
  readonly name: string;
  start(log: Logger): Promise<Stoppable>;
}

/** Longer than a worker waits for what it must not cut off. */
const BOUND_MS = 45_000;

/**
 * Starts all parts side by side, so that one that waits for Slack keeps no other from its work, and resolves when the
 * process has been told to stop (SIGTERM, SIGINT) and everything that was started has stopped, the last part first; a
 * second signal, or a stop that takes longer than 45 s, gives up: the work is picked up by another process anyway.
 *
 * Signals are heard from the beginning: Linux keeps the default action of a signal from the first process of a container,
 * so one that still waits for Redis would live until the end of its pod's grace period. What has not begun to serve is not
 * waited for. Throws what keeps a part from starting, once the others have stopped.
 */
export async function untilStopped(parts: readonly Startable[], log: Logger): Promise<'clean' | 'forced'> {
  const running: (Stoppable | undefined)[] = parts.map(() => undefined);
  const starting = parts.map(async (part, place) => {
    running[place] = await part.start(log);
  });
  const end = await Promise.race([told(), failed(starting)]);
  const waiting = parts.filter((_, place) => running[place] === undefined).map(({ name }) => name);
  log.info({ signal: end.kind === 'told' ? end.signal : undefined, waiting }, 'stopping');
  const started = running.filter(part => part !== undefined);
  const clean = stopAll(started.toReversed(), log).then(() => 'clean' as const);
  const outcome = await Promise.race([clean, impatience()]);
  log.info({ outcome }, 'stopped');
  if (end.kind === 'failed') throw end.error;
  return outcome;
}

async function told(): Promise<{ readonly kind: 'told'; readonly signal: string }> {
  return { kind: 'told', signal: await nextSignal() };
}

/** Never resolves where all parts could be started. */
function failed(starting: readonly Promise<void>[]): Promise<{ readonly kind: 'failed'; readonly error: unknown }> {
  return new Promise(resolve => {
    for (const each of starting) each.catch((error: unknown) => resolve({ kind: 'failed', error }));
  });
}

function impatience(): Promise<'forced'> {
  const bound = AbortSignal.timeout(BOUND_MS);
  return new Promise(resolve => {
    bound.addEventListener('abort', () => resolve('forced'), { once: true });
    void nextSignal().then(() => resolve('forced'));
  });
}

async function stopAll(parts: readonly Stoppable[], log: Logger): Promise<void> {
  for (const part of parts) {
    try {
      await part.stop();
    } catch (error) {
      log.error({ err: error, part: part.name }, 'stopping a part failed');
    }
  }
}

function nextSignal(): Promise<string> {
  return new Promise(resolve => {
    const heard = (signal: string) => {
      process.removeListener('SIGTERM', heard);
      process.removeListener('SIGINT', heard);
      resolve(signal);
    };
    process.on('SIGTERM', heard);
    process.on('SIGINT', heard);
  });
}
