import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKeyPair } from '../../src/approval/signing.ts';
import { type SimulatedSlack, startSimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import { SupervisedProcess } from '../../src/demo/supervised-process.ts';
import { keepLogs } from '../controlplane/kept-logs.ts';
import { redisTargets } from '../support/redis.ts';
import { JOB_NAMESPACE } from './chart.ts';

const CLUSTER = 'e2e';
const START_MS = 60_000;

/** The product as it is installed: bot and worker as processes of their own, a real Redis; only Slack is a stand-in. */
export interface Installation {
  readonly slack: SimulatedSlack;
  readonly bot: SupervisedProcess;
  readonly worker: SupervisedProcess;
  /** Another one beside it, with the same settings. */
  addWorker(name: string): Promise<SupervisedProcess>;
  /** Takes the logs of all: `worker.log`. */
  readonly folder: string;
  readonly redisUrl: string;
  stop(): Promise<void>;
}

export interface InstallOptions {
  /** What policy.example.yaml calls `defaults`, without approvers. */
  readonly policy?: object;
  /** More for the worker's environment. */
  readonly worker?: Readonly<Record<string, string>>;
}

export async function install(workerKubeconfig: string, options: InstallOptions = {}): Promise<Installation> {
  const { policy, worker: told = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'capstan-e2e-'));
  const redis = await realRedis();
  const slack = await startSimulatedSlack();
  const policyFile = join(folder, 'policy.yaml');
  const defaults = { approvers: [slack.approvers.id], ready: { stable: '0s' }, ...policy };
  await writeFile(policyFile, JSON.stringify({ defaults, clusters: { [CLUSTER]: {} } }));
  const { privateKey, publicKey } = newKeyPair();
  const shared = { REDIS_URL: redis.url, CAPSTAN_POLICY: policyFile, CAPSTAN_LOCK_SECONDS: '5' };
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
  const newWorker = (name: string) =>
    new SupervisedProcess(
      'worker',
      {
        ...shared,
        CAPSTAN_CLUSTER: CLUSTER,
        CAPSTAN_VERIFY_KEY: publicKey,
        CAPSTAN_JOB_IMAGE: 'busybox:1.37',
        CAPSTAN_JOB_NAMESPACE: JOB_NAMESPACE,
        CAPSTAN_RELEASES_URL: 'off',
        KUBECONFIG: workerKubeconfig,
        ...told,
      },
      join(folder, `${name}.log`),
    );
  const worker = newWorker('worker');
  const more: SupervisedProcess[] = [];
  const addWorker = async (name: string) => {
    const added = newWorker(name);
    more.push(added);
    await added.says('working', START_MS);
    return added;
  };
  const stop = async () => {
    await Promise.all([bot, worker, ...more].map(each => each.stop()));
    await slack.stop();
    await redis.stop();
    await keepLogs(folder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([bot.says('listening to Slack', START_MS), worker.says('working', START_MS)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { slack, bot, worker, addWorker, folder, redisUrl: redis.url, stop };
}

function realRedis() {
  const real = redisTargets().find(({ name }) => name === 'redis-server');
  if (!real) throw new Error('redis-server is not on the PATH: install the package redis-server.');
  return real.start();
}
