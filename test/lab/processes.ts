import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKeyPair } from '../../src/approval/signing.ts';
import { type SimulatedSlack, startSimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import { SupervisedProcess } from '../../src/demo/supervised-process.ts';
import { startRedis } from './redis.ts';
import { JOB_IMAGE, JOB_NAMESPACE } from './workload.ts';

const CLUSTER = 'lab';
/** The hosts share this machine's control groups, which may be of version 1; kubeadm refuses that unless told otherwise. */
const policyText = (approvers: string) => `clusters:
  ${CLUSTER}:
    approvers: [${approvers}]
    driver: { ignorePreflightErrors: [SystemVerification] }
`;

/** The product as it is installed: bot and worker as processes, a real Redis; only Slack is a stand-in. */
export interface Processes {
  readonly slack: SimulatedSlack;
  readonly bot: SupervisedProcess;
  readonly worker: SupervisedProcess;
  stop(): Promise<void>;
}

export async function startProcesses(kubeconfig: string, folder: string): Promise<Processes> {
  const data = join(folder, 'redis');
  mkdirSync(data);
  const redis = await startRedis(data);
  const slack = await startSimulatedSlack();
  const { privateKey, publicKey } = newKeyPair();
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, policyText(slack.approvers.id));
  const shared = { REDIS_URL: redis.url, CAPSTAN_POLICY: policy };
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
      CAPSTAN_JOB_IMAGE: JOB_IMAGE,
      CAPSTAN_JOB_NAMESPACE: JOB_NAMESPACE,
      // The lab reaches nothing beyond itself, and has packages of these versions only.
      CAPSTAN_RELEASES_URL: 'off',
      KUBECONFIG: kubeconfig,
    },
    join(folder, 'worker.log'),
  );
  return {
    slack,
    bot,
    worker,
    async stop() {
      await Promise.all([bot.stop(), worker.stop()]);
      await slack.stop();
      await redis.stop();
    },
  };
}
