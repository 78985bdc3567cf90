import type { Ask, Notice } from '../../../src/app/messages.ts';
import type { NodeJob, Queues } from '../../../src/app/ports.ts';
import type { RunCommand, Signed } from '../../../src/approval/decision.ts';
import type { RunEvent } from '../../../src/run/run.ts';

/** What was put into the queues, in its order. */
export class RecordedQueues implements Queues {
  readonly asks: Ask[] = [];
  readonly events: { readonly runId: string; readonly id: string; readonly event: RunEvent }[] = [];
  readonly decisions: string[] = [];
  readonly commands: Signed<RunCommand>[] = [];
  readonly nodeJobs: NodeJob[] = [];
  readonly notices: { readonly id: string; readonly notice: Notice }[] = [];
  workers = 1;
  ticking: string | undefined;
  readonly stopped: string[] = [];

  async ask(ask: Ask) {
    this.asks.push(ask);
  }
  async listeners() {
    return this.workers;
  }
  async runEvent(_cluster: string, runId: string, id: string, event: RunEvent) {
    this.events.push({ runId, id, event });
  }
  async decided(_cluster: string, planId: string, decisionId: string) {
    this.decisions.push(`${planId} ${decisionId}`);
  }
  async commanded(command: Signed<RunCommand>) {
    this.commands.push(command);
  }
  async nodeWork(_cluster: string, job: NodeJob) {
    this.nodeJobs.push(job);
  }
  async notify(id: string, notice: Notice) {
    this.notices.push({ id, notice });
  }
  async startTick(_cluster: string, runId: string) {
    this.ticking = runId;
  }
  async stopTick(_cluster: string, runId: string) {
    this.stopped.push(runId);
    if (this.ticking === runId) this.ticking = undefined;
  }
}
