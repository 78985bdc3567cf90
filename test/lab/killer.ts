import type { InstalledWorker } from './capstan/installation.ts';
import type { Timeline } from './timeline.ts';
import type { Trial } from './trial.ts';

/** After the cordon: pods are being evicted, and none has had the time to go. */
const INTO_DRAIN_MS = 1_500;
/** Into kubeadm's work on the first control plane, where no API goes away. */
const INTO_CONTROL_PLANE_MS = 20_000;

/** Ends every worker with kill -9, once in each of three moments that are told by what is seen from outside. */
export class Killer {
  readonly kills: string[] = [];
  readonly #trial: Trial;
  readonly #worker: InstalledWorker;
  readonly #timeline: Timeline;
  #drained: string | undefined;

  constructor(trial: Trial, worker: InstalledWorker, timeline: Timeline) {
    this.#trial = trial;
    this.#worker = worker;
    this.#timeline = timeline;
  }

  /** While kubeadm works on the control plane: the workers start again where there is no API server. */
  apiGone(): void {
    if (this.#trial.controlPlanes.length === 1) this.#once('the API server is away');
  }

  /** In the drain of the first worker node. */
  cordoned(node: string): void {
    if (this.#trial.controlPlanes.includes(node) || this.#drained !== undefined) return;
    this.#drained = node;
    setTimeout(() => this.#once(`${node} is being drained`), INTO_DRAIN_MS);
  }

  /** While another worker node's host is at work, and with several control planes while the first of them is. */
  jobStarted(node: string): void {
    const { controlPlanes } = this.#trial;
    if (controlPlanes.includes(node)) {
      if (controlPlanes.length > 1) {
        setTimeout(() => this.#once('kubeadm is at work on a control plane'), INTO_CONTROL_PLANE_MS);
      }
    } else if (this.#drained !== undefined && node !== this.#drained) {
      this.#once('the Job on another worker node is at work');
    }
  }

  #once(moment: string): void {
    if (this.kills.includes(moment)) return;
    this.kills.push(moment);
    const met = this.#worker.crash().map(({ pid, host }) => `process ${pid} on ${host}`);
    this.#timeline.note(`kill -9 of ${met.length} workers (${met.join(', ')}): ${moment}`);
  }
}
