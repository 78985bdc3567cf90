import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKeyPair } from '../approval/signing.ts';
import type { Scenario } from './cluster/scenario/scenario.ts';
import { HIGHLY_AVAILABLE } from './cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from './cluster/simulated-cluster.ts';
import { startEmbeddedRedis } from './embedded-redis.ts';
import { type SimulatedSlack, startSimulatedSlack } from './slack/simulated-slack.ts';
import { SupervisedProcess } from './supervised-process.ts';

/** The whole demo: the far ends are simulated, bot and worker are the real processes. */
export interface Stage {
  readonly scenario: Scenario;
  readonly cluster: SimulatedCluster;
  readonly slack: SimulatedSlack;
  readonly bot: SupervisedProcess;
  readonly worker: SupervisedProcess;
  /** Where the processes write their logs. */
  readonly folder: string;
  stop(how: { readonly keepLogs: boolean }): Promise<void>;
}

const CLUSTER = 'demo';
const START_MS = 20_000;

/** An hour is for real hosts: here nothing takes longer than seconds. */
function policyText(approvers: string): string {
  return `# The demo's policy: change it while the demo runs, and see what becomes of it.
clusters:
  ${CLUSTER}:
    approvers: [${approvers}]
    drain: { blockedAfter: 5s }
    driver: { timeout: 60s }
    ready: { timeout: 60s, stable: 0s }
`;
}

export async function setStage(options: {
  readonly speed: number;
  readonly port: number;
  /** A real Redis; without it an embedded one is started. */
  readonly redisUrl: string | undefined;
}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-demo-'));
  const scenario = HIGHLY_AVAILABLE;
  const cluster = await startSimulatedCluster({ scenario, speed: options.speed });
  const slack = await startSimulatedSlack({ port: options.port });
  const redis = options.redisUrl === undefined ? await startEmbeddedRedis() : undefined;
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, policyText(slack.approvers.id));

  const { privateKey, publicKey } = newKeyPair();
  const shared = {
    REDIS_URL: options.redisUrl ?? redis?.url ?? '',
    CAPSTAN_POLICY: policy,
    // so that a worker that is killed is replaced within seconds, as the demo is faster than life
    CAPSTAN_LOCK_SECONDS: '3',
  };
  const bot = new SupervisedProcess(
    'bot',
    {
      ...shared,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      CAPSTAN_CLUSTERS: CLUSTER,
      CAPSTAN_SIGNING_KEY: privateKey,
    },
    join(folder, 'bot.log'),
  );
  const worker = new SupervisedProcess(
    'worker',
    {
      ...shared,
      CAPSTAN_CLUSTER: CLUSTER,
      CAPSTAN_VERIFY_KEY: publicKey,
      CAPSTAN_JOB_IMAGE: 'busybox:1.37',
      // The demo reaches nothing but itself.
      CAPSTAN_RELEASES_URL: 'off',
      KUBECONFIG: kubeconfig,
    },
    join(folder, 'worker.log'),
  );
  await Promise.all([bot.says('listening to Slack', START_MS), worker.says('working', START_MS)]);
  return {
    scenario,
    cluster,
    slack,
    bot,
    worker,
    folder,
    async stop({ keepLogs }) {
      await Promise.all([bot.stop(), worker.stop()]);
      await slack.stop();
      await cluster.stop();
      await redis?.stop();
      if (!keepLogs) rmSync(folder, { recursive: true, force: true });
    },
  };
}
