import type { Logger } from './logger.ts';

/** Something that was started and can be stopped. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
}

const BOUND_MS = 20_000;

/**
 * Resolves when the process has been told to stop (SIGTERM, SIGINT) and everything has stopped, in the given order;
 * a second signal, or a stop that takes longer than 20 s, gives up: the work is picked up by another process anyway.
 */
export async function untilStopped(parts: readonly Stoppable[], log: Logger): Promise<'clean' | 'forced'> {
  const name = await nextSignal();
  log.info({ signal: name }, 'stopping');
  const bound = AbortSignal.timeout(BOUND_MS);
  const forced = new Promise<'forced'>(resolve => {
    bound.addEventListener('abort', () => resolve('forced'), { once: true });
    void nextSignal().then(() => resolve('forced'));
  });
  const clean = stopAll(parts, log).then(() => 'clean' as const);
  const outcome = await Promise.race([clean, forced]);
  log.info({ outcome }, 'stopped');
  return outcome;
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
