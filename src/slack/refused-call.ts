import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { Delivery } from '../app/delivery.ts';

/** Slack's own trouble, whatever was asked. */
const PASSING = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'accesslimited',
  'ratelimited',
  'rate_limited',
]);

/** The token is wrong, revoked or too weak. The notice is kept until somebody has put that right. */
const SHUT_OUT = new Set([
  'account_inactive',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'token_expired',
  'token_revoked',
]);

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * What a failed call means for the notice that it was about; undefined for an error that is none of Slack's.
 * `failures`: how many calls before it failed in a row.
 */
export function afterFailure(error: unknown, failures: number): Delivery | undefined {
  const backoff = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'later', afterMs: error.retryAfter * 1_000, why: 'Slack asks for a pause' };
  }
  if (error instanceof WebAPIRequestError) {
    return { kind: 'later', afterMs: backoff, why: `Slack cannot be reached: ${error.original.message}` };
  }
  if (error instanceof WebAPIHTTPError) {
    const why = `Slack answers with HTTP ${error.statusCode}`;
    const passing = error.statusCode >= 500 || error.statusCode === 408;
    return passing ? { kind: 'later', afterMs: backoff, why } : { kind: 'dropped', why };
  }
  return error instanceof WebAPIPlatformError ? afterRefusal(error, backoff) : undefined;
}

/** Slack's code, such as `not_in_channel`, of a call that it refused. */
export function refusalCode(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

/** What to do where Slack does not take the token of this setting; undefined for an error of another kind. */
export function refusedToken(error: unknown, setting: string, needs: string): Error | undefined {
  const code = refusalCode(error);
  if (code === undefined || !SHUT_OUT.has(code)) return undefined;
  return new Error(
    `Slack refuses the token in ${setting} (${code}): look whether it is this app's, and has ${needs}.`,
    {
      cause: error,
    },
  );
}

function afterRefusal({ data }: WebAPIPlatformError, backoff: number): Delivery {
  const details = data.response_metadata?.messages ?? [];
  const why = [`Slack answers ${data.error}`, ...details].join('; ');
  if (PASSING.has(data.error)) return { kind: 'later', afterMs: backoff, why };
  if (SHUT_OUT.has(data.error)) return { kind: 'later', afterMs: LONGEST_MS, why };
  return { kind: 'dropped', why };
}
