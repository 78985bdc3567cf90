/** The payloads that Slack sends to an app (docs.slack.dev/reference/interaction-payloads), as data. */
import type { PlacedElement } from './elements.ts';
import { messageJson } from './methods-chat.ts';
import { APP, type Channel, type Person, TEAM } from './people.ts';
import { type OpenView, viewJson } from './views.ts';
import type { Message } from './workspace.ts';

type Payload = Readonly<Record<string, unknown>>;

/** Deprecated by Slack, and sent nevertheless. */
const VERIFICATION_TOKEN = 'simulated-verification-token';

const common = (user: Person, triggerId: string): Payload => ({
  user: { id: user.id, username: user.name, name: user.name, team_id: TEAM.id },
  api_app_id: APP.id,
  token: VERIFICATION_TOKEN,
  team: { id: TEAM.id, domain: TEAM.domain },
  enterprise: null,
  is_enterprise_install: false,
  trigger_id: triggerId,
});

export function commandPayload(
  user: Person,
  channel: Channel,
  typed: { readonly command: string; readonly text: string },
  responseUrl: string,
  triggerId: string,
): Payload {
  return {
    token: VERIFICATION_TOKEN,
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: typed.command,
    text: typed.text,
    api_app_id: APP.id,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  };
}

const action = ({ blockId, element }: PlacedElement, state: Payload, actionTs: string): Payload => ({
  action_id: element.action_id,
  block_id: blockId,
  ...(element.type === 'button'
    ? { type: 'button', text: element.text, ...(element.value === undefined ? {} : { value: element.value }) }
    : state),
  action_ts: actionTs,
});

export function messageActionPayload(
  user: Person,
  channel: Channel,
  message: Message,
  clicked: { readonly element: PlacedElement; readonly state: Payload; readonly actionTs: string },
  responseUrl: string,
  triggerId: string,
): Payload {
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return {
    type: 'block_actions',
    ...common(user, triggerId),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.onlyFor !== undefined,
      ...thread,
    },
    channel: { id: channel.id, name: channel.kind === 'im' ? 'directmessage' : channel.name },
    // Slack leaves the message out where it was ephemeral.
    ...(message.onlyFor === undefined ? { message: messageJson(message) } : {}),
    state: { values: {} },
    response_url: responseUrl,
    actions: [action(clicked.element, clicked.state, clicked.actionTs)],
  };
}

export function viewActionPayload(
  user: Person,
  view: OpenView,
  values: object,
  clicked: { readonly element: PlacedElement; readonly state: Payload; readonly actionTs: string },
  triggerId: string,
): Payload {
  return {
    type: 'block_actions',
    ...common(user, triggerId),
    container: { type: 'view', view_id: view.id },
    view: viewJson(view, values),
    actions: [action(clicked.element, clicked.state, clicked.actionTs)],
  };
}

export function submissionPayload(user: Person, view: OpenView, values: object, triggerId: string): Payload {
  return {
    type: 'view_submission',
    ...common(user, triggerId),
    view: viewJson(view, values),
    response_urls: [],
  };
}

export function closedPayload(user: Person, view: OpenView, cleared: boolean): Payload {
  const { trigger_id: _, ...rest } = common(user, '');
  return { type: 'view_closed', ...rest, view: viewJson(view), is_cleared: cleared };
}

export function eventPayload(event: Payload, eventId: string, eventTime: number): Payload {
  return {
    token: VERIFICATION_TOKEN,
    team_id: TEAM.id,
    api_app_id: APP.id,
    type: 'event_callback',
    event_id: eventId,
    event_time: eventTime,
    event,
    authorizations: [
      { enterprise_id: null, team_id: TEAM.id, user_id: APP.botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
  };
}
