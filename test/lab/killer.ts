import type { SupervisedProcess } from '../../src/demo/supervised-process.ts';
import { CONTROL_PLANE } from './lab.ts';
import type { Timeline } from './timeline.ts';

/** After the cordon: pods are being evicted, and none has had the time to go. */
const INTO_DRAIN_MS = 1_500;

/** Ends the worker with kill -9, once in each of three moments that are told by what is seen from outside. */
export class Killer {
  readonly kills: string[] = [];
  readonly #worker: SupervisedProcess;
  readonly #timeline: Timeline;
  #drained: string | undefined;

  constructor(worker: SupervisedProcess, timeline: Timeline) {
    this.#worker = worker;
    this.#timeline = timeline;
  }

  /** While kubeadm works on the control plane: the worker starts again where there is no API server. */
  apiGone(): void {
    this.#once('the API server is away');
  }

  /** In the drain of the first worker node. */
  cordoned(node: string): void {
    if (node === CONTROL_PLANE || this.#drained !== undefined) return;
    this.#drained = node;
    setTimeout(() => this.#once(`${node} is being drained`), INTO_DRAIN_MS);
  }

  /** While the other worker node's host is at work. */
  jobStarted(node: string): void {
    if (node !== CONTROL_PLANE && this.#drained !== undefined && node !== this.#drained) {
      this.#once(`the Job on ${node} is at work`);
    }
  }

  #once(moment: string): void {
    if (this.kills.includes(moment)) return;
    this.kills.push(moment);
    this.#timeline.note(`kill -9 of the worker (process ${this.#worker.pid}): ${moment}`);
    this.#worker.crash();
  }
}
