import { z } from 'zod';
import { nearest } from '../command/nearest.ts';
import { DAYS, durationWords, parseDuration, parseMoment, parseSelector, parseTimeOfDay } from '../policy/notation.ts';
import type { PolicySettings } from '../policy/settings.ts';
import { isTimeZone, plusDays, type WallTime } from '../policy/wall-clock.ts';

/** The shape of the policy file. Every message says what to write; keys that are not here are refused. */

/** Of keys that are not known, the message has a line for each. */
function object<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => `there is no such key; ${meant(key, known)}`).join('\n')
        : `write keys below it, such as ${known[0]}`,
  });
}

function meant(key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  return guess === undefined ? `known here: ${known.join(', ')}` : `did you mean ${guess}?`;
}

/** Text that `read` makes something of. */
function written<T>(read: (text: string) => T | undefined, what: string) {
  return z.string({ error: what }).transform((text, context): T => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: what });
    return z.NEVER;
  });
}

function list<T extends z.ZodType>(item: T, what: string) {
  return z.array(item, { error: what });
}

function people(deed: string) {
  const what = `write the Slack ids of those who may ${deed}, as a list: people (U…) or user groups (S…)`;
  return list(z.string({ error: what }).regex(/^[UWS][A-Z0-9]{2,}$/, { error: what }), what).min(1, { error: what });
}

/** A list that one word stands for, where nobody is to be left out. */
function orWord<T extends string>(word: T, item: RegExp, what: string) {
  const items = list(z.string({ error: what }).regex(item, { error: what }), what).min(1, { error: what });
  return z
    .preprocess(value => (value === word ? [ALL] : value), items)
    .transform(ids => (ids.includes(ALL) ? word : ids));
}
/** Matches the patterns of ids; Slack gives it to nobody. */
const ALL = 'U000ALL';

function duration(least: number) {
  const limit = least > 1 ? `, of ${durationWords(least)} at least` : least > 0 ? ', longer than nothing' : '';
  const what = `write a duration such as 90s, 15m or 1h30m${limit}`;
  return written(text => atLeast(parseDuration(text), least), what);
}

function atLeast(value: number | undefined, least: number): number | undefined {
  return value !== undefined && value >= least ? value : undefined;
}

function count(least: number, what: string) {
  return z.int({ error: what }).min(least, { error: what });
}

const truth = z.boolean({ error: 'write true or false' });
const timeZone = written(
  text => (isTimeZone(text) ? text : undefined),
  'write a time zone of the IANA database, such as Europe/Berlin or UTC',
);
const selector = (example: string) => written(parseSelector, `write a label selector such as ${example}`);
const code = (what: string) => list(z.string({ error: what }).regex(/^[A-Z][A-Z0-9_]{1,60}$/, { error: what }), what);

const dayName = z.enum(DAYS, { error: `write days as a list of ${DAYS.join(', ')}` });
const EVERY_DAY = DAYS.map((_, index) => index);
const opening = 'write a time of day from "00:00" to "23:59"';
const closing = 'write a time of day from "00:01" to "24:00"; one before the opening is of the next day';

const window = object({
  days: list(dayName, `write days as a list of ${DAYS.join(', ')}`)
    .min(1, { error: 'write at least one day, or leave days out for every day' })
    .transform(days => DAYS.flatMap((name, index) => (days.includes(name) ? [index] : [])))
    .optional()
    .transform(days => days ?? EVERY_DAY),
  from: written(text => within(parseTimeOfDay(text), 0, 1_439), opening),
  to: written(text => within(parseTimeOfDay(text), 1, 1_440), closing),
  timeZone: timeZone.optional(),
}).refine(({ from, to }) => from !== to, {
  path: ['to'],
  error: 'write another time than the opening; a whole day is from "00:00" to "24:00"',
});

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

const moment = 'write a date such as 2026-12-18, or a date and time of day such as 2026-12-18T18:00';

const freeze = object({
  from: written(text => parseMoment(text)?.time, moment),
  // "until the 6th" is heard as "the 6th too": the longer freeze is the harmless one.
  until: written(endOf, moment),
  reason: z.string({ error: 'write why, for the people who will be refused' }).trim().min(1),
  timeZone: timeZone.optional(),
}).refine(({ from, until }) => inOrder(from, until), { path: ['until'], error: 'write an end after the beginning' });

function endOf(text: string): WallTime | undefined {
  const moment = parseMoment(text);
  return moment?.wholeDay ? plusDays(moment.time, 1) : moment?.time;
}

function inOrder(a: WallTime, b: WallTime): boolean {
  return instant(a) < instant(b);
}

function instant({ year, month, day, minutes }: WallTime): number {
  return Date.UTC(year, month - 1, day, 0, minutes);
}

function shareOf(text: string): `${number}%` | undefined {
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  const value = within(Number(percent), 1, 100);
  return value === undefined ? undefined : `${value}%`;
}

const share = 'write how many workers may be away at once, 1 or more, or a share of them such as 20%';

const drain = object({
  timeout: duration(1).optional(),
  graceSeconds: count(
    -1,
    'write for how many seconds pods may take to stop, 0 or more, or -1 for their own',
  ).optional(),
  force: truth.optional(),
  deleteEmptyDirData: truth.optional(),
  skipWaitForDeleteTimeout: duration(1).optional(),
  podSelector: selector('app!=legacy').optional(),
  order: z.enum(['together', 'priority'], { error: 'write together or priority' }).optional(),
  excludeFromLoadBalancers: truth.optional(),
  blockedAfter: duration(0).optional(),
}).transform(({ timeout, skipWaitForDeleteTimeout, blockedAfter, ...rest }) => ({
  ...rest,
  timeoutSeconds: timeout,
  skipWaitForDeleteTimeoutSeconds: skipWaitForDeleteTimeout,
  blockedAfterSeconds: blockedAfter,
}));

const ready = object({
  timeout: duration(1).optional(),
  stable: duration(0).optional(),
  soak: duration(0).optional(),
}).transform(({ timeout, stable, soak }) => ({ timeoutSeconds: timeout, stableSeconds: stable, soakSeconds: soak }));

const address = 'write the address of Prometheus, such as http://prometheus.monitoring:9090';
const tokenFile = 'write the whole path of a file that holds a token';
const query = object({
  name: z.string({ error: 'write a name for people' }).trim().min(1).max(100),
  query: z.string({ error: 'write PromQL that returns nothing as long as all is well' }).trim().min(1),
});
const prometheus = object({
  url: z
    .url({ protocol: /^https?$/, error: address, abort: true })
    .refine(url => new URL(url).username === '', { error: 'write the token into a file, and name that as tokenFile' }),
  tokenFile: z.string({ error: tokenFile }).startsWith('/', { error: tokenFile }).optional(),
  queries: list(query, 'write queries as a list of name and query').min(1, { error: 'write at least one query' }),
}).transform(given => (given.url === NOWHERE ? 'none' : { ...given, tokenFile: given.tokenFile }));
/** Stands for the word `none`, so that of anything else the faults are named one by one. */
const NOWHERE = 'http://none.invalid/';
const gates = object({
  prometheus: z
    .preprocess(
      value => (value === 'none' ? { url: NOWHERE, queries: [{ name: '-', query: '-' }] } : value),
      prometheus,
    )
    .optional(),
});

const preflight = 'write the names of kubeadm preflight errors as a list, such as SystemVerification';
const driver = object({
  kind: z.literal('kubeadm', { error: 'write kubeadm: it is the driver that there is' }).optional(),
  timeout: duration(1).optional(),
  ignorePreflightErrors: list(
    z.string({ error: preflight }).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, { error: preflight }),
    preflight,
  ).optional(),
}).transform(({ timeout, ...rest }) => ({ ...rest, timeoutSeconds: timeout }));

const settings = object({
  channels: orWord(
    'anywhere',
    /^[CGDU][A-Z0-9]{2,}$/,
    'write the ids of Slack channels as a list (C…), or anywhere',
  ).optional(),
  requesters: orWord(
    'anyone',
    /^[UWS][A-Z0-9]{2,}$/,
    'write the Slack ids of those who may ask for plans as a list: people (U…) or user groups (S…), or anyone',
  ).optional(),
  operators: people('steer runs').optional(),
  approvers: people('approve').optional(),
  approvalsNeeded: count(1, 'write how many people must approve, 1 or more').optional(),
  selfApproval: truth.optional(),
  waivable: code('write the codes of findings as a list, such as ETCD_QUORUM').optional(),
  limits: object({
    maxUnavailable: z.union([count(1, share), written(shareOf, share)], { error: share }).optional(),
  }).optional(),
  timeZone: timeZone.optional(),
  windows: list(window, 'write maintenance windows as a list; [] for any time').optional(),
  freezes: list(freeze, 'write freezes as a list').optional(),
  drain: drain.optional(),
  ready: ready.optional(),
  gates: gates.optional(),
  driver: driver.optional(),
  elasticPools: list(selector('pool=spot'), 'write label selectors as a list, such as pool=spot').optional(),
  planLifetime: duration(60).optional(),
}).transform(({ planLifetime, ...rest }): PolicySettings => ({ ...rest, planLifetimeSeconds: planLifetime }));

/** A block that holds nothing yet is one that says nothing. */
const block = z.preprocess(value => value ?? {}, settings);
const clusterNames = 'write a cluster name of small letters, digits and hyphens';
const clusterName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, { error: clusterNames });

/** zod's records leave this key out, and say nothing. */
const noHiddenName = z.unknown().superRefine((clusters, context) => {
  if (typeof clusters === 'object' && clusters !== null && Object.hasOwn(clusters, '__proto__')) {
    context.addIssue({ code: 'custom', path: ['__proto__'], message: clusterNames });
  }
});

export const policyFile = object({
  defaults: block.optional(),
  clusters: noHiddenName.pipe(
    z
      .record(clusterName, block, { error: 'write clusters, and below it each cluster by its name' })
      .refine(clusters => Object.keys(clusters).length > 0, { error: 'write at least one cluster by its name' }),
  ),
});
