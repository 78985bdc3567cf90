/** Who is in the simulated workspace. Ids have the form of Slack's own. */

export const TEAM = { id: 'T0CAPSTAN', domain: 'capstan-demo', name: 'Capstan demo' } as const;
export const APP = { id: 'A0CAPSTAN', botId: 'B0CAPSTAN', botUserId: 'U0CAPSTAN', name: 'capstan' } as const;

export interface Person {
  readonly id: string;
  /** The short name that stands after the @. */
  readonly name: string;
  readonly realName: string;
  readonly kind: 'member' | 'guest' | 'deactivated' | 'stranger' | 'bot';
  /** Slack's form, such as `en-US` or `ko-KR`. */
  readonly locale: string;
}

export interface Group {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

const person = (
  name: string,
  realName: string,
  kind: Person['kind'] = 'member',
  id = `U0${name.toUpperCase()}`,
): Person => ({ id, name, realName, kind, locale: 'en-US' });

export const PEOPLE = {
  alice: person('alice', 'Alice Park'),
  bob: person('bob', 'Bob Lindqvist'),
  carol: person('carol', 'Carol Mensah'),
  dave: person('dave', 'Dave Okafor'),
  /** A guest of one channel. */
  gina: person('gina', 'Gina Guest', 'guest'),
  /** Left the company. */
  edgar: person('edgar', 'Edgar Former', 'deactivated'),
  /** A member of another workspace, here through a shared channel. */
  sally: person('sally', 'Sally Elsewhere', 'stranger'),
  capstan: person('capstan', 'Capstan', 'bot', APP.botUserId),
} as const;

export const APPROVERS: Group = {
  id: 'S0APPROVERS',
  handle: 'platform-approvers',
  name: 'Platform approvers',
  users: [PEOPLE.alice.id, PEOPLE.bob.id, PEOPLE.carol.id],
};

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'im';
  readonly archived: boolean;
  readonly botIsMember: boolean;
}

export const PLATFORM: Channel = {
  id: 'C0PLATFORM',
  name: 'platform',
  kind: 'public',
  archived: false,
  botIsMember: true,
};
/** The bot was never invited here. */
export const RANDOM: Channel = { id: 'C0RANDOM', name: 'random', kind: 'public', archived: false, botIsMember: false };
export const ARCHIVED: Channel = {
  id: 'C0ARCHIVED',
  name: 'old-platform',
  kind: 'public',
  archived: true,
  botIsMember: true,
};
