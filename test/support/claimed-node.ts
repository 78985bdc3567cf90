import type { NodeClaim } from '../../src/cluster/snapshot.ts';
import { exampleClaim } from '../unit/plan/cluster-builder.ts';
import { type Stage, startStage } from './kubernetes.ts';
import { PASS } from './meddling-proxy.ts';

export const NODE = 'worker-1';
export const CLAIM: NodeClaim = exampleClaim({ run: 'run-1', work: 'h1-kubelet-worker-1', cordons: 0 });
/** Only the cordon. */
export const ALONE = { excludeFromLoadBalancers: false };
export const PATCH = `PATCH /api/v1/nodes/${NODE}`;

/** A simulated cluster of which one node is claimed. */
export class ClaimedNode {
  readonly stage: Stage;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async start(): Promise<ClaimedNode> {
    return new ClaimedNode(await startStage());
  }

  /** As it was before anybody claimed it. */
  async reset(): Promise<void> {
    this.stage.proxy.meddle = () => PASS;
    await this.patch([
      { op: 'add', path: '/spec/unschedulable', value: false },
      { op: 'add', path: '/metadata/annotations', value: {} },
    ]);
  }

  patch(body: readonly object[]): Promise<unknown> {
    return this.stage.kubernetes.client.core.patchNode({ name: NODE, body });
  }

  annotate(value: string): Promise<unknown> {
    return this.patch([{ op: 'add', path: '/metadata/annotations', value: { 'capstan.dev/claim': value } }]);
  }

  cordonByHand(): Promise<unknown> {
    return this.patch([{ op: 'add', path: '/spec/unschedulable', value: true }]);
  }

  standing(): { claim: string | undefined; unschedulable: boolean } {
    const node = this.stage.cluster.nodes().find(({ metadata }) => metadata.name === NODE);
    return {
      claim: node?.metadata.annotations?.['capstan.dev/claim'],
      unschedulable: node?.spec?.unschedulable ?? false,
    };
  }
}
