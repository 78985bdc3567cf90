import { gateAt } from './gate.ts';
import { DAYS, durationWords, formatSelector } from './notation.ts';
import type {
  ClusterPolicy,
  DrainPolicy,
  Freeze,
  GatesPolicy,
  Limits,
  MaintenanceWindow,
  PolicyNow,
  ReadyPolicy,
} from './policy.ts';
import { type WallTime, wallTime, weekday } from './wall-clock.ts';

/** What a policy amounts to for one cluster at `now`, in sentences for people: who may what, when, and how. */
export function explainPolicy(policy: ClusterPolicy, now: number): string[] {
  return [
    ...peopleSentences(policy),
    ...scheduleSentences(policy, now),
    ...findingSentences(policy),
    ...nodeSentences(policy),
  ];
}

function peopleSentences({ channels, requesters, operators, ...policy }: ClusterPolicy): string[] {
  const { approvers, approvalsNeeded: needed, selfApproval, planLifetimeSeconds } = policy;
  const self = selfApproval
    ? 'Whoever asked for a plan may approve it too.'
    : 'Whoever asked for a plan may not approve it, but may withdraw it.';
  const where = channels === 'anywhere' ? 'in any channel' : `in ${either(channels)} only`;
  const who = requesters === 'anyone' ? 'Every full member of the workspace' : capital(people(requesters));
  return [
    `${who} may ask for a plan; commands are accepted ${where}.`,
    `${needed === 1 ? 'One person' : `${needed} people`} of ${people(approvers)} must approve it within ${durationWords(planLifetimeSeconds)}. ${self}`,
    `${capital(people(operators))} may pause, resume, abort, retry and skip.`,
  ];
}

function scheduleSentences(policy: ClusterPolicy, now: number): string[] {
  const { windows, freezes } = policy;
  const hours = windows.length === 0 ? 'at any time' : `only ${windows.map(windowWords).join(', or ')}`;
  const zone = scheduleZone(policy);
  const ahead = freezes.filter(({ until }) => until > now).sort((a, b) => a.from - b.from);
  return [
    `Nodes are started ${hours}.${nowWords(policy, zone, now)}`,
    ...ahead.map(freeze => `Nothing is approved and no node is started ${freezeWords(freeze)}.`),
  ];
}

function nowWords(policy: ClusterPolicy, zone: string, now: number): string {
  const gate = gateAt(policy, now);
  switch (gate.kind) {
    case 'open':
      return gate.closes === undefined ? '' : ` Now they are, until ${momentWords(gate.closes, zone)}.`;
    case 'outside-window':
    case 'frozen':
      return gate.opens === undefined
        ? ' Now they are not, and there is no time to come at which they will be.'
        : ` Now they are not; from ${momentWords(gate.opens, zone)} they will be.`;
  }
}

/** In which its moments are spoken of. */
export function scheduleZone({ windows, freezes }: Pick<ClusterPolicy, 'windows' | 'freezes'>): string {
  return windows[0]?.timeZone ?? freezes[0]?.timeZone ?? 'UTC';
}

/** Why no node may be started at `now`, in sentences; undefined where it may. Does not change while it stays so. */
export function closedWords(policy: Pick<ClusterPolicy, 'windows' | 'freezes'>, now: number): string | undefined {
  const gate = gateAt(policy, now);
  if (gate.kind === 'open') return undefined;
  const zone = scheduleZone(policy);
  const when =
    gate.opens === undefined
      ? 'The policy names no time to come at which nodes may be started.'
      : `Nodes may be started from ${momentWords(gate.opens, zone)}.`;
  switch (gate.kind) {
    case 'frozen':
      return `The cluster is frozen: ${gate.reason}. ${when}`;
    case 'outside-window':
      return `It is outside of the maintenance windows. ${when}`;
  }
}

/** Why a run that is under way may start no node at `now`, in sentences; undefined where it may. */
export function holdWords({ policy, fault }: PolicyNow, now: number): string | undefined {
  return policy ? closedWords(policy, now) : noPolicyWords('worker', fault);
}

/** Why a process that has seen no good policy file since it began decides and starts nothing, in sentences. */
export function noPolicyWords(whose: 'bot' | 'worker', fault: string): string {
  return `The ${whose}'s policy file cannot be used, and since it started it has read no good one: nothing is answered, approved or started before that is mended. ${fault}`;
}

/** `Mon to Thu 22:00 to 05:00 of the next day (Europe/Berlin)` */
export function windowWords({ days, from, to, timeZone }: MaintenanceWindow): string {
  const next = to <= from ? ' of the next day' : '';
  return `${daysWords(days)} ${clock(from)} to ${clock(to)}${next} (${timeZone})`;
}

/** `from Fri 2026-12-18 00:00 to Thu 2027-01-07 00:00 (UTC): holidays` */
function freezeWords({ from, until, reason, timeZone }: Freeze): string {
  const [start, end] = [from, until].map(instant => localWords(wallTime(instant, timeZone)));
  return `from ${start} to ${end} (${timeZone}): ${reason}`;
}

/** `Mon 2026-11-30 22:00 (Europe/Berlin)` */
export function momentWords(instant: number, timeZone: string): string {
  return `${localWords(wallTime(instant, timeZone))} (${timeZone})`;
}

function localWords(time: WallTime): string {
  const { year, month, day, minutes } = time;
  const two = (part: number) => String(part).padStart(2, '0');
  return `${dayWord(weekday(time))} ${year}-${two(month)}-${two(day)} ${clock(minutes)}`;
}

function findingSentences({ waivable }: ClusterPolicy): string[] {
  const always = 'A finding that blocks always stops an approval';
  if (waivable.length === 0) return [`${always}, and so does every one that could not be looked at.`];
  return [`${always}; one that could not be looked at does too, unless it is ${either(waivable)}.`];
}

function nodeSentences({ limits, drain, ready, gates, driver, elasticPools }: ClusterPolicy): string[] {
  const ignored = driver.ignorePreflightErrors;
  const ignoring = ignored.length > 0 ? `, ignoring the preflight errors ${ignored.join(', ')}` : '';
  return [
    `Workers are upgraded one at a time. ${limitSentence(limits)}`,
    drainSentence(drain),
    `A host is upgraded by ${driver.kind} within ${durationWords(driver.timeoutSeconds)}${ignoring}.`,
    `A node must be Ready within ${durationWords(ready.timeoutSeconds)} and stay so for ${durationWords(ready.stableSeconds)}.`,
    gatesSentence(ready),
    ...prometheusSentences(gates),
    ...elasticPools.map(
      pool =>
        `Nodes that match ${formatSelector(pool)} come and go: a new one, or one that is not Ready, voids no approval.`,
    ),
  ];
}

function limitSentence({ maxUnavailable }: Limits): string {
  const away = 'of those that were available when people approved';
  return maxUnavailable === 1
    ? `The next one waits while any other is not Ready or cordoned, ${away}.`
    : `The next one waits while it would make more than ${maxUnavailable} not Ready or cordoned, ${away}.`;
}

function gatesSentence({ timeoutSeconds, soakSeconds }: ReadyPolicy): string {
  const soak = soakSeconds > 0 ? `, and all is well for ${durationWords(soakSeconds)} more` : '';
  return `The next one starts once what had lost pods is back at what it had${soak}; after ${durationWords(timeoutSeconds)} without that, people are asked.`;
}

function prometheusSentences({ prometheus }: GatesPolicy): string[] {
  if (prometheus === 'none') return [];
  const names = prometheus.queries.map(({ name }) => `"${name}"`);
  return [`Until then Prometheus at ${prometheus.url} must have nothing to say about ${sequence(names, 'and')}.`];
}

function drainSentence({ graceSeconds, podSelector, ...drain }: DrainPolicy): string {
  const clauses = [
    `A drain may take ${durationWords(drain.timeoutSeconds)}`,
    graceSeconds === undefined ? 'gives pods their own grace period' : `gives every pod ${graceSeconds} s to stop`,
    `${drain.force ? 'evicts' : 'refuses to lose'} pods without a controller`,
    `${drain.deleteEmptyDirData ? 'deletes' : 'refuses to delete'} the data of emptyDir volumes`,
    `skips pods deleted more than ${durationWords(drain.skipWaitForDeleteTimeoutSeconds)} ago`,
    ...(podSelector ? [`leaves pods alone that do not match ${formatSelector(podSelector)}`] : []),
    ...(drain.order === 'priority' ? ['evicts pods of lower priority before others'] : []),
    ...(drain.excludeFromLoadBalancers ? ['keeps load balancers away from the node meanwhile'] : []),
    `says what keeps it after ${durationWords(drain.blockedAfterSeconds)}`,
  ];
  return `${sequence(clauses, 'and')}.`;
}

function daysWords(days: readonly number[]): string {
  if (days.length === DAYS.length) return 'every day';
  // The week begins on Monday, so that a weekend is one stretch.
  const inWeek = [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  const stretch = inWeek.every((day, index) => index === 0 || ((inWeek[index - 1] ?? 0) + 1) % 7 === day);
  const names = inWeek.map(dayWord);
  return stretch && names.length > 2 ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
}

function dayWord(day: number): string {
  return capital(DAYS[day] ?? '');
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map(part => String(part).padStart(2, '0')).join(':');
}

/** `S0123 (a group) and U0456` */
function people(ids: readonly string[]): string {
  return sequence(
    ids.map(id => (id.startsWith('S') ? `group ${id}` : id)),
    'and',
  );
}

function either(items: readonly string[]): string {
  return sequence(items, 'or');
}

function sequence(items: readonly string[], last: string): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
