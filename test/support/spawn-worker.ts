import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../src/approval/signing.ts';
import { COMPILED } from './compiled.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const { privateKey, publicKey } = newKeyPair();
const WORKER = {
  CAPSTAN_POLICY: fileURLToPath(new URL('../../policy.example.yaml', import.meta.url)),
  CAPSTAN_RELEASES_URL: 'off',
  CAPSTAN_CLUSTER: 'prod',
  CAPSTAN_VERIFY_KEY: publicKey,
  CAPSTAN_JOB_IMAGE: 'busybox:1.37',
  KUBECONFIG: fileURLToPath(new URL('./nowhere.yaml', import.meta.url)),
};
/** Nobody listens on that port. */
const BOT = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  SLACK_API_URL: 'http://127.0.0.1:9/',
  CAPSTAN_CLUSTERS: 'prod',
  CAPSTAN_SIGNING_KEY: privateKey,
};

type Spawned = ChildProcessByStdio<null, null, Readable>;

/** `capstan worker` as a process with this Redis, for a cluster that is nowhere; its log can be read. */
export function spawnWorker(redisUrl: string): Spawned {
  return spawnCapstan('worker', { ...WORKER, REDIS_URL: redisUrl });
}

/** As `spawnWorker`, with a bot beside it whose Slack is away. */
export function spawnBoth(redisUrl: string): Spawned {
  return spawnCapstan('all', { ...WORKER, ...BOT, REDIS_URL: redisUrl });
}

function spawnCapstan(command: string, environment: Readonly<Record<string, string>>): Spawned {
  return spawn(process.execPath, [MAIN, command], {
    env: { ...COMPILED, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
