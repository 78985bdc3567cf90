import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { Delivery } from '../../../src/app/delivery.ts';
import { afterFailure } from '../../../src/slack/refused-call.ts';

const refused = (error: string) => new WebAPIPlatformError({ ok: false, error });

const MEANINGS: readonly (readonly [Error, number, Partial<Delivery> | undefined])[] = [
  [new WebAPIRateLimitedError(7), 3, { kind: 'later', afterMs: 7_000 }],
  [new WebAPIRequestError(new Error('ECONNRESET')), 0, { kind: 'later', afterMs: 1_000 }],
  [new WebAPIRequestError(new Error('ECONNRESET')), 3, { kind: 'later', afterMs: 8_000 }],
  [new WebAPIRequestError(new Error('ECONNRESET')), 50, { kind: 'later', afterMs: 30_000 }],
  [new WebAPIHTTPError(503, 'Service Unavailable', {}), 1, { kind: 'later', afterMs: 2_000 }],
  [new WebAPIHTTPError(413, 'Content Too Large', {}), 0, { kind: 'dropped' }],
  [refused('internal_error'), 0, { kind: 'later', afterMs: 1_000 }],
  [refused('token_revoked'), 0, { kind: 'later', afterMs: 30_000 }],
  [refused('invalid_blocks'), 0, { kind: 'dropped', why: 'Slack answers invalid_blocks' }],
  [refused('channel_not_found'), 0, { kind: 'dropped' }],
  [new Error('Redis is away'), 0, undefined],
];

test.each(MEANINGS)('%s after %d failures in a row', (error, failures, meaning) => {
  const delivery = afterFailure(error, failures);
  if (meaning === undefined) expect(delivery).toBeUndefined();
  else expect(delivery).toMatchObject(meaning);
});
