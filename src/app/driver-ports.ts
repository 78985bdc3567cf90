import type { Phase } from '../plan/plan.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';

/** One phase of host work, or only its preflight. `id` names it for ever: run, work and attempt. */
export interface HostWork {
  readonly id: string;
  readonly run: string;
  readonly node: string;
  readonly phase: Phase;
  readonly kubeadm: 'apply' | 'node' | undefined;
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  /** Names of kubeadm's preflight errors, as they were approved. */
  readonly ignorePreflightErrors: readonly string[];
  /** Only look whether the phase may begin; nothing on the host is changed. */
  readonly only?: 'preflight';
}

/** `failed`: the script said so, or the Job ended without a verdict of the script. `log` holds its last lines. */
export type HostWorkOutcome =
  | { readonly kind: 'succeeded'; readonly log: readonly string[] }
  | { readonly kind: 'failed'; readonly step: string; readonly reason: string; readonly log: readonly string[] };

/** Where something of an earlier work may go on. `id` is that work's. */
export type HostToAsk = Pick<HostWork, 'id' | 'run' | 'node' | 'to'>;

/** How one node is upgraded in place. */
export interface Driver {
  /**
   * Starts the work on the host, or finds it already started or finished there, and follows it to its end, through
   * absences of the API server. Aborting the signal stops following; work on the host goes on.
   */
  perform(work: HostWork, signal: AbortSignal): Promise<HostWorkOutcome>;
  /**
   * What may still be at work on the node's host, as a clause; undefined: nothing of ours is. Waits for nothing: where only
   * the host can tell it is asked, and a later call finds its answer. To be asked where nobody begins new work on the node.
   */
  atWork(of: HostToAsk, signal: AbortSignal): Promise<string | undefined>;
  /**
   * The same, now and whenever it changes, the host's own answer included. Heals itself; ends only with the signal.
   */
  watchAtWork(of: HostToAsk, signal: AbortSignal): AsyncIterable<string | undefined>;
  /**
   * Waits until the node's control-plane pods report at least `version` and are Ready, somebody leads the controllers,
   * and all that has been so for `settleSeconds`.
   */
  awaitControlPlane(
    wait: { readonly node: string; readonly version: KubernetesVersion; readonly settleSeconds: number },
    signal: AbortSignal,
  ): Promise<void>;
}
