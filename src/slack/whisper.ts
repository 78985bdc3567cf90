import type { WebClient } from '@slack/web-api';
import type { SlackMessage } from './blocks.ts';

/** Whom to tell, and where they are. */
export interface Ear {
  readonly channel: string;
  readonly user: string;
  /** Undefined where Slack gave none, as after a modal. */
  readonly responseUrl: string | undefined;
}

export type Whisper = (ear: Ear, message: SlackMessage) => Promise<void>;

/**
 * Tells one person something that nobody else sees: by way of the response_url, which works in every channel, and where
 * that is expired, used up or out of order by chat.postEphemeral. Throws what that throws.
 */
export function createWhisper(client: WebClient, apiUrl: string, timeoutMs: number): Whisper {
  return async ({ channel, user, responseUrl }, message) => {
    if (
      responseUrl !== undefined &&
      isSlacks(responseUrl, apiUrl) &&
      (await respond(responseUrl, message, timeoutMs))
    ) {
      return;
    }
    await client.chat.postEphemeral({ channel, user, ...message });
  };
}

/** Whether Slack took it. Where no answer comes at all, the other way in will say whether Slack is away. */
function respond(responseUrl: string, message: SlackMessage, timeoutMs: number): Promise<boolean> {
  return fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
    .then(async ({ ok, body }) => {
      await body?.cancel();
      return ok;
    })
    .catch(() => false);
}

/** The address came back by way of Redis: nobody but Slack may be told anything. */
function isSlacks(responseUrl: string, apiUrl: string): boolean {
  if (!URL.canParse(responseUrl)) return false;
  const { protocol, hostname, origin } = new URL(responseUrl);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && /(^|\.)slack(-gov)?\.com$/.test(hostname);
}
