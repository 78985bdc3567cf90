import { z } from 'zod';
import { flag, type Method, method, text } from './method.ts';
import { APP, type Channel, type Group, type Person, TEAM } from './people.ts';
import { SlackError } from './slack-error.ts';

/** Pages are asked for by cursor; the workspace is small enough to always fit into one. */
const LAST_PAGE = { response_metadata: { next_cursor: '' } };

export const DIRECTORY_METHODS: Readonly<Record<string, Method>> = {
  'api.test': method(z.looseObject({}), (_backend, args) => ({ args })),

  'auth.test': method(z.looseObject({}), ({ origin }) => ({
    url: `${origin()}/`,
    team: TEAM.name,
    user: APP.name,
    team_id: TEAM.id,
    user_id: APP.botUserId,
    bot_id: APP.botId,
    is_enterprise_install: false,
  })),

  'users.info': method(z.looseObject({ user: text, include_locale: flag.optional() }), ({ workspace }, args) => {
    const person = workspace.people.find(({ id }) => id === args.user);
    if (person === undefined) throw new SlackError('user_not_found');
    return { user: personJson(person, args.include_locale === true) };
  }),

  'users.list': method(z.looseObject({ include_locale: flag.optional() }), ({ workspace }, args) => ({
    members: workspace.people.map(person => personJson(person, args.include_locale === true)),
    ...LAST_PAGE,
  })),

  'usergroups.list': method(z.looseObject({}), ({ workspace }) => ({ usergroups: workspace.groups.map(groupJson) })),

  'usergroups.users.list': method(z.looseObject({ usergroup: text }), ({ workspace }, args) => {
    const group = workspace.groups.find(({ id }) => id === args.usergroup);
    if (group === undefined) throw new SlackError('no_such_subteam');
    return { users: group.users };
  }),

  'conversations.info': method(z.looseObject({ channel: text }), ({ workspace }, args) => {
    const channel = workspace.channels.find(({ id }) => id === args.channel);
    if (channel === undefined) throw new SlackError('channel_not_found');
    return { channel: channelJson(channel) };
  }),

  'conversations.list': method(z.looseObject({}), ({ workspace }) => ({
    channels: workspace.channels.map(channelJson),
    ...LAST_PAGE,
  })),

  'conversations.open': method(z.looseObject({ users: text }), ({ workspace }, args) => {
    const person = workspace.people.find(({ id }) => id === args.users);
    if (person === undefined) throw new SlackError('user_not_found');
    if (person.kind === 'deactivated') throw new SlackError('user_disabled');
    return { channel: { id: workspace.directMessage(person).id } };
  }),

  'apps.connections.open': method(z.looseObject({}), ({ socketMode }) => ({ url: socketMode.invite() }), 'app'),
};

function personJson(person: Person, withLocale: boolean): Record<string, unknown> {
  const team = person.kind === 'stranger' ? 'T0ELSEWHERE' : TEAM.id;
  return {
    id: person.id,
    team_id: team,
    name: person.name,
    deleted: person.kind === 'deactivated',
    real_name: person.realName,
    tz: 'Europe/Amsterdam',
    is_admin: false,
    is_owner: false,
    is_bot: person.kind === 'bot',
    is_app_user: false,
    is_restricted: person.kind === 'guest',
    is_ultra_restricted: person.kind === 'guest',
    ...(person.kind === 'stranger' ? { is_stranger: true } : {}),
    profile: {
      real_name: person.realName,
      display_name: person.name,
      team,
      ...(person.kind === 'bot' ? { bot_id: APP.botId, api_app_id: APP.id } : {}),
    },
    ...(withLocale ? { locale: person.locale } : {}),
  };
}

function groupJson(group: Group): Record<string, unknown> {
  return {
    id: group.id,
    team_id: TEAM.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    user_count: group.users.length,
  };
}

function channelJson(channel: Channel): Record<string, unknown> {
  const im = channel.kind === 'im';
  return {
    id: channel.id,
    ...(im ? { user: channel.id.replace(/^D/, 'U') } : { name: channel.name, name_normalized: channel.name }),
    is_channel: !im,
    is_im: im,
    is_group: false,
    is_mpim: false,
    is_private: im,
    is_archived: channel.archived,
    is_member: channel.botIsMember,
  };
}
