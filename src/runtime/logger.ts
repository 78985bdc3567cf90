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
      serializers: { err: errorFields },
      redact: { paths: ['token', '*.token', 'headers.authorization', '*.headers.authorization'], censor: '[hidden]' },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/**
 * What of an error goes into a log, its causes included. Packages hang more onto their errors, such as the command that
 * Redis refused with the password in it, or the headers of a request.
 */
function errorFields(error: Error): object {
  const { type, message, stack, code } = pino.stdSerializers.err(error);
  return { type, message, ...(code === undefined ? {} : { code }), stack };
}
