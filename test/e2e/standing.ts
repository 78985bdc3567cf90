import type { Client } from '../contract/client.ts';
import { nameOf } from '../contract/world.ts';
import { JOB_NAMESPACE } from './chart.ts';

const CLAIM = 'capstan.dev/claim';

/** What Capstan holds in a cluster. */
export interface Standing {
  readonly cordoned: readonly string[];
  readonly claimed: readonly string[];
  /** The run that has the lease. */
  readonly holder: string | undefined;
}

export async function standing({ core, coordination }: Client): Promise<Standing> {
  const { items: nodes } = await core.listNode();
  const { items: leases } = await coordination.listNamespacedLease({ namespace: JOB_NAMESPACE });
  return {
    cordoned: nodes.filter(({ spec }) => spec?.unschedulable).map(nameOf),
    claimed: nodes.filter(({ metadata }) => metadata?.annotations?.[CLAIM] !== undefined).map(nameOf),
    holder: leases.map(({ spec }) => spec?.holderIdentity || undefined).find(Boolean),
  };
}
