import { type UsersInfoResponse, WebAPIPlatformError, type WebClient } from '@slack/web-api';
import type { Clock, Directory, Person } from '../app/ports.ts';
import { outsiders } from './text/en/people.ts';

type User = NonNullable<UsersInfoResponse['user']>;

/** `usergroups.users.list` may be called about 20 times a minute. */
const GROUP_MS = 60_000;

/** Asks Slack at the moment somebody acts. Whatever cannot be looked up throws, so that nobody is let in by a fault. */
export function createDirectory(client: WebClient, clock: Clock): Directory {
  const members = createMemberLists(client, clock);
  let team: string | undefined;
  return {
    async person(id, groups) {
      team ??= await ownTeam(client);
      const user = await userInfo(client, id);
      const reason = user === undefined ? outsiders.unknown : whyOutside(user, team);
      if (reason !== undefined) return { kind: 'outsider', sentence: reason } satisfies Person;
      const found = await Promise.all(groups.map(async group => ((await members(group)).has(id) ? [group] : [])));
      return { kind: 'member', id, groups: new Set(found.flat()) };
    },
  };
}

async function ownTeam(client: WebClient): Promise<string> {
  const { team_id } = await client.auth.test();
  if (!team_id) throw new Error('Slack did not say which workspace the bot token belongs to.');
  return team_id;
}

async function userInfo(client: WebClient, id: string): Promise<User | undefined> {
  try {
    const { user } = await client.users.info({ user: id });
    if (!user) throw new Error(`Slack said nothing about the user ${id}.`);
    return user;
  } catch (error) {
    const nobody =
      error instanceof WebAPIPlatformError && ['user_not_found', 'user_not_visible'].includes(error.data.error);
    if (nobody) return undefined;
    throw error;
  }
}

/** Of a deactivated user Slack leaves the other fields out. Of anybody else a field that is missing says nothing good. */
function whyOutside(user: User, team: string): string | undefined {
  if (user.deleted !== false) return outsiders.deactivated;
  if (user.is_bot !== false || user.is_workflow_bot || user.id === 'USLACKBOT') return outsiders.bot;
  if (user.is_stranger || !teamsOf(user).includes(team)) return outsiders.stranger;
  if (user.is_restricted !== false || user.is_ultra_restricted !== false) return outsiders.guest;
  return undefined;
}

/** In an Enterprise Grid organisation a person is in several workspaces. */
function teamsOf({ team_id, enterprise_user }: User): readonly string[] {
  return [...(team_id ? [team_id] : []), ...(enterprise_user?.teams ?? [])];
}

/** Who is in a user group, at most a minute old. A look-up that failed is not remembered. */
function createMemberLists(client: WebClient, clock: Clock): (group: string) => Promise<ReadonlySet<string>> {
  const known = new Map<string, { readonly at: number; readonly users: ReadonlySet<string> }>();
  return async group => {
    const seen = known.get(group);
    if (seen && clock.now() - seen.at < GROUP_MS) return seen.users;
    const at = clock.now();
    const { users } = await client.usergroups.users.list({ usergroup: group });
    if (!users) throw new Error(`Slack did not say who is in the user group ${group}.`);
    const members = new Set(users);
    known.set(group, { at, users: members });
    return members;
  };
}
