import type { Deed } from '../../../src/app/audit.ts';
import { createBotUseCases } from '../../../src/app/bot.ts';
import type { BotPorts } from '../../../src/app/bot-ports.ts';
import { isSame } from '../../../src/app/claim.ts';
import type { Ask, Question } from '../../../src/app/messages.ts';
import type { Guarded, NodeControl, Person, PlanRecord } from '../../../src/app/ports.ts';
import type { WorkerPorts } from '../../../src/app/worker-ports.ts';
import type { Asking } from '../../../src/approval/decision.ts';
import { contentHash, newKeyPair } from '../../../src/approval/signing.ts';
import type { ClusterSnapshot, NodeClaim } from '../../../src/cluster/snapshot.ts';
import { type RedisServer, startEmbeddedRedis } from '../../../src/demo/embedded-redis.ts';
import { nodesCarryingCapstan } from '../../../src/plan/order.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { fingerprint } from '../../../src/policy/fingerprint.ts';
import type { ClusterPolicy, PolicyNow } from '../../../src/policy/policy.ts';
import type { PolicySettings } from '../../../src/policy/settings.ts';
import { type ConnectedStore, connectStore } from '../../../src/store/store.ts';
import { askingOf } from '../../support/asking.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { examplePolicy } from '../../support/policy.ts';
import { UNHEARD } from '../../support/redis.ts';
import { released, takenOutOfService } from '../../unit/app/memory-node.ts';
import { cluster, controlPlane, NOW, worker } from '../../unit/plan/cluster-builder.ts';
import { RecordedQueues } from './recorded-queues.ts';

export const HOUR = 3_600_000;
export const ALICE = 'UALICE';
export const BOB = 'UBOB';
export const CAROL = 'UCAROL';
export const REPLY_TO = { channel: 'C1', user: ALICE, responseUrl: 'http://127.0.0.1/answer' };

/** Bot and worker without their adapters: a real store, queues that are only written down, a cluster in a variable. */
export class World {
  readonly keys = newKeyPair();
  readonly queues = new RecordedQueues();
  readonly reports: string[] = [];
  readonly deeds: Deed[] = [];
  readonly people = new Map<string, Person>(
    [ALICE, BOB, CAROL].map(id => [id, { kind: 'member', id, groups: new Set(id === ALICE ? [] : ['SAPPROVERS']) }]),
  );
  now = NOW;
  needed = 1;
  /** What the worker's policy says beyond `needed`, and what the bot's says otherwise. */
  workerPolicy: PolicySettings = {};
  botPolicy: PolicySettings = {};
  /** Why the worker's policy file, or the bot's, cannot be used as it is. */
  workerFault: string | undefined;
  botFault: string | undefined;
  /** Whether they began with such a file, so that they have no last good one. */
  workerHasNone = false;
  botHasNone = false;
  snapshot: ClusterSnapshot = cluster([
    controlPlane('cp-1', '1.36.3'),
    worker('w-1', '1.36.3'),
    worker('w-2', '1.36.3'),
  ]);
  lease: string | undefined;
  /** What is at work on the hosts of nodes, as a clause. */
  readonly atWork = new Map<string, string>();
  /** The runs that the lease remembers as over. */
  readonly over = new Set<string>();
  /** Thrown by the next look at the cluster. */
  trouble: Error | undefined;
  readonly #store: ConnectedStore;
  readonly #redis: RedisServer;
  #ids = 0;

  private constructor(redis: RedisServer, store: ConnectedStore) {
    this.#redis = redis;
    this.#store = store;
  }

  static async open(start: () => Promise<RedisServer> = startEmbeddedRedis): Promise<World> {
    const redis = await start();
    const onError = (error: Error) => {
      throw error;
    };
    return new World(redis, connectStore(redis.url, { retries: 1, outage: UNHEARD, onError }));
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#redis.stop();
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  get store(): ConnectedStore {
    return this.#store;
  }

  get policy(): ClusterPolicy {
    const lifetime = { planLifetimeSeconds: HOUR / 1_000 };
    return examplePolicy({ approvalsNeeded: this.needed, ...lifetime, ...this.workerPolicy });
  }

  /** The same file, unless the test gives the bot another. */
  get #copyOfBot(): ClusterPolicy {
    return examplePolicy({
      approvalsNeeded: this.needed,
      planLifetimeSeconds: HOUR / 1_000,
      ...this.workerPolicy,
      ...this.botPolicy,
    });
  }

  #inForce(policy: ClusterPolicy, fault: string | undefined, hasNone: boolean): PolicyNow {
    return hasNone && fault !== undefined ? { policy: undefined, fault } : { policy, fault };
  }

  get bot() {
    const ports: BotPorts = {
      clusters: ['prod', 'staging'],
      policyOf: () => this.#inForce(this.#copyOfBot, this.botFault, this.botHasNone),
      signingKey: this.keys.privateKey,
      store: this.#store,
      queues: this.queues,
      directory: {
        person: async id => this.people.get(id) ?? { kind: 'outsider', sentence: 'Slack does not know you.' },
      },
      clock: { now: () => this.now },
      newId: () => `id${++this.#ids}`,
    };
    return createBotUseCases(ports);
  }

  /** Node work goes through other tests: here the cluster can only be looked at and held. */
  get worker(): WorkerPorts {
    const never = () => Promise.reject(new Error('this test touches no node'));
    const atWork = async ({ node }: { readonly node: string }) => this.atWork.get(node);
    const lease: WorkerPorts['quick']['lease'] = {
      acquire: async run => {
        if (this.lease !== undefined)
          return this.lease === run ? { kind: 'held' } : { kind: 'occupied', by: this.lease };
        if (this.over.has(run)) return { kind: 'over' };
        this.lease = run;
        return { kind: 'taken' };
      },
      holder: async () => this.lease,
      end: async run => {
        if (this.trouble) throw this.trouble;
        this.over.add(run);
        if (this.lease === run) this.lease = undefined;
      },
    };
    const nodes = {
      get: async (name: string) => this.snapshot.nodes.find(node => node.name === name),
      watch: () => {
        throw new Error('this test touches no node');
      },
      claim: never,
      takeOver: never,
      cordon: never,
      watchHeartbeat: this.#heartbeat(),
      takeOutOfService: async (name: string, claim: NodeClaim) => this.#takeOutOfService(name, claim),
      release: async (name: string, claim: NodeClaim) => this.#release(name, claim),
    };
    return {
      cluster: 'prod',
      owner: 'test',
      self: { pod: undefined, node: undefined },
      releases: { current: async () => EXAMPLE_CALENDAR },
      policy: () => this.#inForce(this.policy, this.workerFault, this.workerHasNone),
      verifyKey: this.keys.publicKey,
      settleSeconds: 0,
      store: this.#store,
      queues: this.queues,
      clock: { now: () => this.now },
      quick: {
        reader: {
          snapshot: () => this.#look(),
          nodes: async () => (await this.#look()).nodes,
          ownNodes: async () => nodesCarryingCapstan((await this.#look()).pods),
        },
        nodes,
        lease,
        driver: { atWork },
      },
      patient: {
        surroundings: {
          controlPlane: async () => (await this.#look()).components.filter(({ kind }) => kind !== 'kube-proxy'),
          controlPlaneNodes: async () => (await this.#look()).nodes.filter(({ role }) => role === 'control-plane'),
          nodes: async () => (await this.#look()).nodes,
        },
        nodes,
        pods: { watchOn: nodes.watch, watchBudgets: nodes.watch, evict: never, delete: never, daemonSets: never },
        workloads: { watch: nodes.watch },
        volumes: { watchAttachments: nodes.watch, claimOf: never, local: never },
        lease,
        driver: { perform: never, atWork, watchAtWork: nodes.watch, awaitControlPlane: never },
      },
      prometheus: () => ({ ask: never }),
      audit: deed => this.deeds.push(deed),
      report: sentence => this.reports.push(sentence),
    };
  }

  readonly released: string[] = [];
  /** Thrown by the next patches of nodes. */
  nodeTrouble: Error | undefined;
  /** When kubelets renewed their leases last. */
  readonly heartbeats = new Map<string, number>();

  /** A question as the bot would pass it on. */
  ask(id: string, question: Question, given: Partial<Asking> = {}): Ask {
    const policy = fingerprint(this.#copyOfBot);
    const asking = askingOf(id, REPLY_TO, { policy, question: contentHash(question), ...given }, this.keys.privateKey);
    return { id, cluster: 'prod', replyTo: REPLY_TO, question, asking };
  }

  async plan(id: string): Promise<PlanRecord> {
    const record = await this.#store.plans.get(id);
    if (!record) throw new Error(`there is no plan ${id}`);
    return record;
  }

  async approve(planId: string): Promise<Plan> {
    const { plan } = await this.plan(planId);
    await this.bot.decide({ planId, digest: plan.digest, by: BOB, verdict: 'approve', reason: undefined });
    return plan;
  }

  #heartbeat(): NodeControl['watchHeartbeat'] {
    const { heartbeats } = this;
    return async function* (name) {
      yield heartbeats.get(name);
    };
  }

  #takeOutOfService(name: string, claim: NodeClaim): Guarded {
    if (this.nodeTrouble) throw this.nodeTrouble;
    const node = this.snapshot.nodes.find(each => each.name === name);
    if (!node) return { kind: 'gone' };
    if (!node.claim || !isSame(node.claim, claim)) return { kind: 'lost' };
    const taken = { ...node, ...takenOutOfService(node, node.claim) };
    const nodes = this.snapshot.nodes.map(each => (each === node ? taken : each));
    this.snapshot = { ...this.snapshot, nodes };
    return { kind: 'ok', node: taken };
  }

  /** Guarded by the claim, and undoes only a cordon of its own, as the adapter does. */
  #release(name: string, { run, work, attempt, wasUnschedulable }: NodeClaim): Guarded {
    const node = this.snapshot.nodes.find(each => each.name === name);
    if (!node) return { kind: 'gone' };
    const { claim } = node;
    if (claim?.run !== run || claim.work !== work || claim.attempt !== attempt) return { kind: 'lost' };
    this.released.push(name);
    const freed = { ...node, ...released(node, claim), unschedulable: wasUnschedulable };
    const nodes = this.snapshot.nodes.map(each => (each === node ? freed : each));
    this.snapshot = { ...this.snapshot, nodes };
    return { kind: 'ok', node: freed };
  }

  async #look(): Promise<ClusterSnapshot> {
    if (this.trouble) throw this.trouble;
    return { ...this.snapshot, lease: this.lease === undefined ? undefined : { run: this.lease, owner: 'somebody' } };
  }
}
