import { type Logger, LogLevel } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';

/** What the parts of this adapter tell operators. */
export interface Reports {
  readonly onError: (error: Error) => void;
  readonly onWarning: (sentence: string) => void;
}

interface Address {
  readonly token: string;
  /** Ends with a slash. */
  readonly apiUrl: string;
}

/**
 * People wait for these calls, and Slack takes back its trigger after three seconds: so one quick second try, and a
 * pause that Slack asks for is an error. (The defaults are ten tries in half an hour, and no time limit.)
 */
export function interactiveOptions(apiUrl: string, logger: Logger): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    logger,
    retryConfig: { retries: 1, minTimeout: 100, maxTimeout: 100 },
    timeout: 2_000,
    rejectRateLimitedCalls: true,
  };
}

export function interactiveClient({ token, apiUrl }: Address, logger: Logger): WebClient {
  return new WebClient(token, interactiveOptions(apiUrl, logger));
}

/** The outbox keeps the order and tries again by itself; a client that did so too would post twice as often. */
export function outboxClient({ token, apiUrl }: Address, logger: Logger): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    logger,
    retryConfig: { retries: 0 },
    timeout: 10_000,
    rejectRateLimitedCalls: true,
  });
}

/** Slack's packages report through this; what they say below a warning holds payloads, and is left out. */
export function slackLogger({ onError, onWarning }: Reports): Logger {
  const words = (parts: readonly unknown[]) => parts.map(String).join(' ');
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts: unknown[]) => onWarning(words(parts)),
    error: (...parts: unknown[]) => {
      const cause = parts.find(part => part instanceof Error);
      onError(new Error(`a package of Slack reports: ${words(parts)}`, { cause }));
    },
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
