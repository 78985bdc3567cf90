import { accessContract } from './access.ts';
import { attachmentContract } from './attachments.ts';
import { budgetEdgeContract } from './budget-edges.ts';
import { budgetContract } from './budgets.ts';
import { type Client, clientOf } from './client.ts';
import { deleteContract } from './deletes.ts';
import { eventContract } from './events.ts';
import { evictionAdmissionContract } from './eviction-admission.ts';
import { evictionContract } from './evictions.ts';
import { guardedEvictionContract } from './guarded-evictions.ts';
import { leaseContract } from './leases.ts';
import { listContract } from './lists.ts';
import { lookContract } from './looks.ts';
import { nodeContract } from './nodes.ts';
import { patchContract } from './patches.ts';
import { readyCountContract } from './ready-counts.ts';
import type { Target } from './target.ts';
import { watchContract } from './watches.ts';
import { workloadContract } from './workloads.ts';
import { writeContract } from './writes.ts';

/** Where a test finds its server; valid from the first test on. */
export interface Place {
  readonly target: Target;
  readonly client: Client;
}

/** What can be asked of a server beside its API. */
export interface Abilities {
  /** Whether its history can be compacted; what cannot be seen without is skipped. */
  readonly compacts: boolean;
  /** Whether it can ask an admission webhook on this machine, by 127.0.0.1; what one answers is skipped otherwise. */
  readonly asksUs: boolean;
}

export interface Patience {
  readonly startMs: number;
  readonly stopMs: number;
}

const EVERYTHING: Abilities = { compacts: true, asksUs: true };
const PATIENCE: Patience = { startMs: 30_000, stopMs: 30_000 };

/**
 * What Capstan relies on an API server and the controllers behind it to do, seen through the client that it uses.
 * Whatever passes this may stand in for a cluster.
 */
export function contract(
  name: string,
  start: () => Promise<Target>,
  { startMs, stopMs }: Patience = PATIENCE,
  abilities: Abilities = EVERYTHING,
): void {
  describe(`the contract, on ${name}`, () => {
    let place: Place | undefined;
    beforeAll(async () => {
      const target = await start();
      place = { target, client: clientOf(target.kubeconfig) };
    }, startMs);
    afterAll(() => place?.target.stop(), stopMs);
    const at = () => {
      if (!place) throw new Error(`${name} was not started.`);
      return place;
    };
    accessContract(at);
    listContract(at, abilities);
    watchContract(at, abilities);
    writeContract(at);
    patchContract(at);
    leaseContract(at);
    deleteContract(at);
    nodeContract(at);
    eventContract(at);
    lookContract(at);
    evictionContract(at);
    guardedEvictionContract(at);
    evictionAdmissionContract(at, abilities);
    budgetContract(at);
    budgetEdgeContract(at);
    workloadContract(at);
    readyCountContract(at);
    attachmentContract(at);
  });
}
