import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';
import { LEAST_READY, NAMESPACE } from '../workload.ts';

/** Whether the disruption budget was kept: counted from the pods themselves, and as the cluster counts. */
export class BudgetWatcher {
  readonly violations: string[] = [];
  fewestReady = Number.POSITIVE_INFINITY;
  #looks = 0;

  get looks(): number {
    return this.#looks;
  }

  async watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    const ready = '.status.conditions[?(@.type=="Ready")].status';
    const pods = kubectl.watch(
      ['pods', '-n', NAMESPACE, '-l', 'app=web'],
      ['.metadata.name', '.metadata.deletionTimestamp', ready, '.spec.nodeName'],
      rows => {
        const healthy = [...rows.values()].filter(([, leaving, state]) => leaving === '' && state === 'True').length;
        this.fewestReady = Math.min(this.fewestReady, healthy);
        this.#count(healthy, LEAST_READY, `${healthy} pods of ${NAMESPACE}/web were ready`, timeline);
      },
      signal,
    );
    const budgets = kubectl.watch(
      ['poddisruptionbudgets', '-n', NAMESPACE],
      ['.metadata.name', '.status.currentHealthy', '.status.desiredHealthy'],
      rows => {
        for (const [name, current, desired] of rows.values()) {
          const text = `the budget ${name} had ${current} healthy pods and wanted ${desired}`;
          this.#count(Number(current), Number(desired), text, timeline);
        }
      },
      signal,
    );
    await Promise.all([pods, budgets]);
  }

  #count(healthy: number, least: number, text: string, timeline: Timeline): void {
    this.#looks += 1;
    if (healthy >= least || this.violations.at(-1) === text) return;
    this.violations.push(text);
    timeline.note(`BUDGET VIOLATED: ${text}`);
  }
}
