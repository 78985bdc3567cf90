import { type Absence, secondsAway } from '../watchers/answers.ts';
import { LEAST_READY } from '../workload.ts';
import type { Evidence } from './evidence.ts';
import { none, type Verdict } from './verdict.ts';

/** etcd is replaced, then the API server: a single control plane goes away twice, or once for long where these meet. */
const LEAST_AWAY_SECONDS = 30;
/** Two calls a second, less what a busy machine may owe. */
const CALLS_A_SECOND = 1.7;
/** An API server that goes takes some connections with it, and a leader of etcd is elected anew; nobody waits longer. */
const MOST_AWAY_SECONDS = 10;

export function judgeAvailability(evidence: Evidence): Verdict[] {
  const { seen, seconds, trial } = evidence;
  const { budgets, client } = seen;
  return [
    none(
      budgets.violations,
      `the budget was never violated: ${budgets.fewestReady} pods were ready at the least, ${LEAST_READY} must be`,
      budgets.looks > 0,
    ),
    none(
      client.failures,
      `${client.calls} calls of the Service in ${seconds.toFixed(0)} s, and none failed`,
      client.calls >= seconds * CALLS_A_SECOND,
    ),
    ...(trial.controlPlanes.length > 1 ? judgeSeveral(evidence) : judgeSingle(evidence)),
  ];
}

/** A single control plane has to go away: whoever saw no absence did not look. */
function judgeSingle({ seen: { api, components }, trial }: Evidence): Verdict[] {
  const away = secondsAway(api.absences);
  const etcd = components.changes.filter(({ pod }) => pod.startsWith('etcd')).length;
  return [
    {
      holds: etcd > 0 && away >= LEAST_AWAY_SECONDS * trial.hops.length && api.absences.every(({ to }) => to),
      sentence: `the run survived the swaps of etcd and API server: away for ${away.toFixed(1)} s in ${api.absences.length} absences`,
    },
  ];
}

function judgeSeveral({ seen: { api, etcd }, trial }: Evidence): Verdict[] {
  const members = trial.controlPlanes.length;
  const replaced = [...etcd.ofMembers.values()].filter(absences => absences.length >= 1).length;
  return [
    longest('the API behind its balancer', api.absences),
    {
      holds: etcd.mostAway <= 1 && replaced === members,
      sentence: `each of the ${replaced} members of etcd went away for its swap, at most ${etcd.mostAway} at a time`,
    },
    longest("etcd's quorum", etcd.withoutQuorum),
  ];
}

function longest(what: string, absences: readonly Absence[]): Verdict {
  const most = Math.max(0, ...absences.map(each => secondsAway([each])));
  return {
    holds: most <= MOST_AWAY_SECONDS && absences.every(({ to }) => to),
    sentence: `${what} was never away for longer than ${MOST_AWAY_SECONDS} s: ${absences.length} absences, the longest of ${most.toFixed(1)} s`,
  };
}
