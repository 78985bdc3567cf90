import { readFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { controlPlanesOf, type Host, rootOf } from '../cluster/layout.ts';
import type { Timeline } from '../timeline.ts';
import type { Trial } from '../trial.ts';
import { type Absence, absencesOf, answerOf } from './answers.ts';

const PORT = 2379;
const EVERY_MS = 400;
const PATIENCE_MS = 2_000;
const MISSES = 2;
/** A read that the whole cluster has to agree to needs a leader, and there is none for a moment when it goes. */
const AGREED_MISSES = 3;

/** Whether etcd was there: each member asked directly, by the certificates that the hosts themselves use. */
export class EtcdWatcher {
  /** By name of the host: when its member did not answer a read that it can answer alone. */
  readonly ofMembers = new Map<string, Absence[]>();
  /** When no member could answer a read that needs a quorum. */
  readonly withoutQuorum: Absence[] = [];

  async watch(trial: Trial, timeline: Timeline, signal: AbortSignal): Promise<void> {
    const members = controlPlanesOf(trial.hosts).map(host => ({ host, options: credentialsOf(trial, host) }));
    const told = (text: string) => void timeline.note(text);
    const alone = members.map(({ host, options }) => {
      const absences: Absence[] = [];
      this.ofMembers.set(host.name, absences);
      const ask = () => healthOf(host, options, '?serializable=true');
      return absencesOf(
        { what: `etcd of ${host.name}`, everyMs: EVERY_MS, misses: MISSES, ask, told },
        absences,
        signal,
      );
    });
    const ask = async () => {
      const answers = await Promise.all(members.map(({ host, options }) => healthOf(host, options, '')));
      return answers.find(answer => answer === 200) ?? answers[0] ?? 'nobody to ask';
    };
    const quorum = { what: "etcd's quorum", everyMs: EVERY_MS, misses: AGREED_MISSES, ask, told };
    await Promise.all([...alone, absencesOf(quorum, this.withoutQuorum, signal)]);
  }

  /** How many members were away at the same time, at the most. */
  get mostAway(): number {
    const moments = [...this.ofMembers.values()].flat();
    const together = moments.map(({ from }) => moments.filter(each => contains(each, from)).length);
    return Math.max(0, ...together);
  }
}

const contains = ({ from, to = Number.POSITIVE_INFINITY }: Absence, at: number) => from <= at && at < to;

const healthOf = ({ address }: Host, options: RequestOptions, query: string) =>
  answerOf(done => get(`https://${address}:${PORT}/health${query}`, { ...options, agent: false }, done));

function credentialsOf({ places }: Trial, { name }: Host): RequestOptions {
  const folder = join(rootOf(places, name), 'etc/kubernetes/pki/etcd');
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    ca: read('ca.crt'),
    cert: read('healthcheck-client.crt'),
    key: read('healthcheck-client.key'),
    timeout: PATIENCE_MS,
  };
}
