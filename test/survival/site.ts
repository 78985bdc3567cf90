import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PatchStrategy } from '@kubernetes/client-node';
import { createBotUseCases } from '../../src/app/bot.ts';
import type { BotUseCases } from '../../src/app/bot-use-cases.ts';
import { newKeyPair } from '../../src/approval/signing.ts';
import type { Scenario } from '../../src/demo/cluster/scenario/scenario.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import type { RunState } from '../../src/run/run.ts';
import { type ConnectedStore, connectStore } from '../../src/store/store.ts';
import { as, clientOf } from '../contract/client.ts';
import { examplePolicy } from '../support/policy.ts';
import { UNHEARD } from '../support/redis.ts';
import { Crew, type Reserve } from './crew.ts';

const SPEED = 200;
/** Stretches the steps that are a single request. */
const LATENCY_MS = 5;
const LOOK_MS = 20;
const ANSWER_MS = 60_000;
const REPLY_TO = { channel: 'C1', user: 'UALICE', responseUrl: 'http://127.0.0.1/' };

interface SiteOptions {
  readonly name: string;
  /** One for each node that something will happen to; true where somebody had cordoned it. */
  readonly cordoned: readonly boolean[];
  readonly reserve: Reserve;
  readonly redisUrl: string;
  /** After so long a silence a worker is taken for dead; an installation's is 15. */
  readonly lockSeconds: number;
}

/** The worker that nothing happens to; it comes first, so that it shows how long each step takes. */
export const CALM = 'calm';

/** A simulated cluster, two workers for it as processes of their own, and a bot that only speaks with Redis. */
export class Site {
  readonly name: string;
  readonly cluster: SimulatedCluster;
  readonly crew: Crew;
  /** Those that were cordoned when the run began. */
  readonly cordoned: ReadonlySet<string>;
  readonly #folder: string;
  readonly #store: ConnectedStore;
  readonly #queues: ConnectedQueues;
  readonly #bot: BotUseCases;
  #ids = 0;

  private constructor(
    options: SiteOptions,
    parts: { readonly cluster: SimulatedCluster; readonly cordoned: ReadonlySet<string>; readonly folder: string },
  ) {
    const { name, reserve, redisUrl, lockSeconds } = options;
    this.name = name;
    this.cluster = parts.cluster;
    this.cordoned = parts.cordoned;
    this.#folder = parts.folder;
    const policy = { approvers: ['UBOB'], ready: { stable: '0s' } };
    const CAPSTAN_POLICY = join(this.#folder, 'policy.yaml');
    const KUBECONFIG = join(this.#folder, 'kubeconfig');
    writeFileSync(CAPSTAN_POLICY, JSON.stringify({ clusters: { [name]: policy } }));
    writeFileSync(KUBECONFIG, this.cluster.kubeconfig());
    const { privateKey, publicKey } = newKeyPair();
    const config = {
      REDIS_URL: redisUrl,
      LOG_LEVEL: 'info',
      CAPSTAN_POLICY,
      CAPSTAN_LOCK_SECONDS: lockSeconds,
      CAPSTAN_CLUSTER: name,
      CAPSTAN_VERIFY_KEY: publicKey,
      CAPSTAN_JOB_IMAGE: 'busybox:1.37',
      CAPSTAN_JOB_NAMESPACE: 'capstan-system',
      CAPSTAN_RELEASES_URL: 'off',
      KUBECONFIG,
    } as const;
    this.crew = new Crew(reserve, config, join(this.#folder, 'workers.log'));
    const redis = { retries: 3, outage: UNHEARD, onError: () => undefined };
    this.#store = connectStore(redisUrl, redis);
    this.#queues = connectQueues(redisUrl, redis);
    this.#bot = createBotUseCases({
      clusters: [name],
      policyOf: () => ({ policy: examplePolicy({ approvers: ['UBOB'] }), fault: undefined }),
      signingKey: privateKey,
      store: this.#store,
      queues: this.#queues,
      directory: { person: async id => ({ kind: 'member', id, groups: new Set() }) },
      clock: Date,
      newId: () => {
        this.#ids += 1;
        return `${name}x${this.#ids}`;
      },
    });
  }

  static async open(options: SiteOptions): Promise<Site> {
    const scenario = scenarioOf(options);
    const cluster = await startSimulatedCluster({ scenario, speed: SPEED });
    const cordoned = new Set([CALM, ...options.cordoned.flatMap((was, place) => (was ? [nodeOf(place)] : []))]);
    const { core } = clientOf(cluster.kubeconfig());
    for (const name of cordoned) {
      await core.patchNode({ name, body: { spec: { unschedulable: true } } }, as(PatchStrategy.StrategicMergePatch));
    }
    cluster.ledger.cordons.splice(0);
    cluster.faults.latency(LATENCY_MS);
    const folder = mkdtempSync(join(tmpdir(), 'capstan-survival-'));
    const site = new Site(options, { cluster, cordoned, folder });
    await Promise.all([site.crew.hire(), site.crew.hire()]);
    return site;
  }

  async close({ keepLogs }: { readonly keepLogs: boolean }): Promise<void> {
    this.crew.dismiss();
    await this.#queues.close();
    await this.#store.close();
    await this.cluster.stop();
    if (keepLogs) process.stderr.write(`The log of the workers of ${this.name}: ${this.#folder}/workers.log\n`);
    else rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Asks for the next minor and approves it; answers the run as it begins. */
  async begin(): Promise<RunState> {
    const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
    const asked = await this.#bot.ask({ kind: 'plan', request }, { cluster: undefined, replyTo: REPLY_TO });
    if (asked.kind === 'refused') throw new Error(asked.sentence);
    const planId = `${this.name}x${this.#ids}`;
    const { plan } = await eventually('the plan', () => this.#store.plans.get(planId));
    const decided = await this.#bot.decide({
      planId,
      digest: plan.digest,
      by: 'UBOB',
      verdict: 'approve',
      reason: undefined,
    });
    if (decided.kind === 'refused') {
      const blocking = plan.findings.filter(({ severity }) => severity === 'block').map(({ sentence }) => sentence);
      throw new Error(`${decided.sentence} ${blocking.join(' ')}`);
    }
    return await eventually('the run', async () => (await this.#store.runs.get(`r-${planId}`))?.run);
  }

  async run(id: string): Promise<RunState> {
    return await eventually('the run', async () => (await this.#store.runs.get(id))?.run);
  }
}

export function nodeOf(place: number): string {
  return `w-${place + 1}`;
}

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + ANSWER_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what} did not come within ${ANSWER_MS / 1_000} s`);
    await delay(LOOK_MS);
  }
}

/** Every worker carries two or three pods, of which one or two have a budget. */
function scenarioOf({ name, cordoned }: SiteOptions): Scenario {
  const size = { cpu: '8', memory: '16Gi' };
  const workers = [CALM, ...cordoned.map((_, place) => nodeOf(place))];
  const pod = { namespace: 'shop', cpu: '100m', memory: '64Mi' };
  const count = workers.length;
  return {
    name,
    version: 'v1.36.3',
    nodes: [
      ...['cp-1', 'cp-2', 'cp-3'].map(node => ({ name: node, role: 'control-plane', ...size }) as const),
      ...workers.map(node => ({ name: node, role: 'worker', ...size }) as const),
    ],
    workloads: [
      { ...pod, kind: 'Deployment', name: 'web', image: 'web:1', replicas: count + 2, budget: { maxUnavailable: 1 } },
      { ...pod, kind: 'Deployment', name: 'api', image: 'api:1', replicas: 2 * count, budget: { minAvailable: '80%' } },
      { ...pod, kind: 'StatefulSet', name: 'db', image: 'db:1', replicas: Math.ceil(count / 3) },
      { ...pod, kind: 'DaemonSet', name: 'agent', image: 'agent:1', everywhere: true },
    ],
  };
}
