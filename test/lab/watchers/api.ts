import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { API_PORT, controlPlanesOf } from '../cluster/layout.ts';
import type { Timeline } from '../timeline.ts';
import type { Trial } from '../trial.ts';
import { type Absence, absencesOf, answerOf, type Question } from './answers.ts';

const EVERY_MS = 250;
const PATIENCE_MS = 1_000;
const MISSES = 4;

/** When the API did not answer its readiness question: as clients reach it, and each server by itself. */
export class ApiWatcher {
  readonly absences: Absence[] = [];
  readonly ofServers = new Map<string, Absence[]>();

  async watch({ lab, places }: Trial, timeline: Timeline, onGap: () => void, signal: AbortSignal): Promise<void> {
    const ca = authorityOf(readFileSync(places.kubeconfig, 'utf8'));
    const question = (what: string, server: string): Question => ({
      what,
      everyMs: EVERY_MS,
      misses: MISSES,
      ask: () => answerOf(done => get(`https://${server}/readyz`, { ca, agent: false, timeout: PATIENCE_MS }, done)),
      told: text => timeline.note(text),
    });
    const clients = { ...question('the API', lab.endpoint), gone: onGap };
    // A single server is what its clients reach.
    const servers = controlPlanesOf(lab.hosts).filter(({ address }) => !lab.endpoint.startsWith(`${address}:`));
    await Promise.all([
      absencesOf(clients, this.absences, signal),
      ...servers.map(({ name, address }) => {
        const absences: Absence[] = [];
        this.ofServers.set(name, absences);
        return absencesOf(question(`the API server of ${name}`, `${address}:${API_PORT}`), absences, signal);
      }),
    ]);
  }
}

function authorityOf(kubeconfig: string): string {
  const [, encoded] = /certificate-authority-data: (\S+)/.exec(kubeconfig) ?? [];
  if (encoded === undefined) throw new Error('The kubeconfig of the cluster names no certificate authority.');
  return Buffer.from(encoded, 'base64').toString();
}
