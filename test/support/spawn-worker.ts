import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../src/approval/signing.ts';
import { COMPILED } from './compiled.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** `capstan worker` as a process with this Redis, for a cluster that is nowhere; its log can be read. */
export function spawnWorker(redisUrl: string): ChildProcessByStdio<null, null, Readable> {
  return spawn(process.execPath, [MAIN, 'worker'], {
    env: {
      ...COMPILED,
      REDIS_URL: redisUrl,
      CAPSTAN_POLICY: fileURLToPath(new URL('../../policy.example.yaml', import.meta.url)),
      CAPSTAN_RELEASES_URL: 'off',
      CAPSTAN_CLUSTER: 'prod',
      CAPSTAN_VERIFY_KEY: newKeyPair().publicKey,
      CAPSTAN_JOB_IMAGE: 'busybox:1.37',
      KUBECONFIG: fileURLToPath(new URL('./nowhere.yaml', import.meta.url)),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
