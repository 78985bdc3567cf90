import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines for operators, on stderr, so that stdout stays free for what a command prints. */
export function createLogger(process: string, level: string): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: ['token', '*.token', 'headers.authorization', '*.headers.authorization'], censor: '[hidden]' },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
