import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../src/approval/signing.ts';
import { startEmbeddedRedis } from '../../src/demo/embedded-redis.ts';
import { capstan } from '../support/capstan.ts';
import { COMPILED } from '../support/compiled.ts';

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-policy-command-'));
  path = join(folder, 'policy.yaml');
});
afterAll(() => rmSync(folder, { recursive: true }));

const BROKEN = 'clusters:\n  prod:\n    aprovers: [S0OPS]\n    selfApproval: yes\n';

describe('capstan policy check', () => {
  it('says in words what each cluster’s policy amounts to, and exits with 0', async () => {
    writeFileSync(
      path,
      'defaults: { approvers: [S0OPS] }\nclusters:\n  prod: { waivable: [ETCD_QUORUN, FROZEN] }\n  test: {}\n',
    );
    const { code, stdout, stderr } = await capstan(['policy', 'check', path]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Cluster prod\n {2}- Every full member .*\n/);
    expect(stdout).toContain('\nCluster test\n');
    expect(stdout).toContain('  - One person of group S0OPS must approve it within 1 d.');
    expect(stdout).toContain(
      '  - Note: this version has nothing to waive under ETCD_QUORUN; did you mean ETCD_QUORUM?\n',
    );
    expect(stdout).toContain('  - Note: this version has nothing to waive under FROZEN: no look of it can fail.\n');
  });

  it('lists every fault with its line, and exits with 2', async () => {
    writeFileSync(path, BROKEN);
    const ended = await capstan(['policy', 'check'], { CAPSTAN_POLICY: path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.split('\n')).toEqual([
      `${path}:3: clusters.prod.aprovers: there is no such key; did you mean approvers?`,
      `${path}:4: clusters.prod.selfApproval: write true or false.`,
      '',
    ]);
  });

  it.each([[['policy', 'check', '--help']], [['policy', 'check', path, '-h']], [['policy', '--help']]])(
    'explains itself to %j, and exits with 0',
    async args => {
      const ended = await capstan(args.filter(Boolean));
      expect(ended).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(/^capstan policy check \[FILE\]\n/),
      });
    },
  );

  it('takes no option for a file', async () => {
    const ended = await capstan(['policy', 'check', '--strict'], { CAPSTAN_POLICY: path });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^There is no option --strict\./) });
  });

  it.each([[['policy']], [['policy', 'chek', 'x']], [['policy', 'check', 'a', 'b']], [['policy', 'check']]])(
    'says how it is used instead of %j, and exits with 2',
    async args => {
      const ended = await capstan(args);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('capstan policy check [FILE]') });
    },
  );
});

describe('bot and worker', () => {
  it('do not start on a policy file with faults, and list them beside those of the environment', async () => {
    writeFileSync(path, BROKEN);
    const ended = await capstan(['all'], { CAPSTAN_POLICY: path, CAPSTAN_APPROVERS: 'S0OPS' });
    expect(ended.code).toBe(1);
    for (const fault of [`${path}:3: `, `${path}:4: `, 'REDIS_URL is not set', 'CAPSTAN_APPROVERS is read no more']) {
      expect(ended.stderr.split(fault)).toHaveLength(2);
    }
  });

  it.each<[string, string | undefined, string]>([
    ['is not there', undefined, 'policy.yaml: the policy file cannot be read'],
    ['has faults', BROKEN, 'policy.yaml:3: clusters.prod.aprovers: there is no such key'],
    ['leaves out their cluster', 'clusters:\n  staging: { approvers: [S0OPS] }\n', 'write cluster prod too'],
  ])('run with one that %s, name it in the log, and take it as soon as it is mended', async (_name, broken, fault) => {
    if (broken === undefined) rmSync(path, { force: true });
    else writeFileSync(path, broken);
    const redis = await startEmbeddedRedis();
    const log = await startedWorker(redis.url);
    try {
      const refused = await log.line('the policy file cannot be used: there is no earlier one');
      expect(refused).toContain(fault);
      await log.line('"msg":"working"');
      writeFileSync(path, 'clusters:\n  prod: { approvers: [S0OPS] }\n');
      await log.line('the policy file is in force');
    } finally {
      await log.stop();
      await redis.stop();
    }
  });
});

const WORKER = {
  CAPSTAN_RELEASES_URL: 'off',
  CAPSTAN_CLUSTER: 'prod',
  CAPSTAN_VERIFY_KEY: newKeyPair().publicKey,
  CAPSTAN_JOB_IMAGE: 'busybox:1.37',
  KUBECONFIG: fileURLToPath(new URL('../support/nowhere.yaml', import.meta.url)),
};

/** A worker that runs until it is stopped, and the lines of its log as they come. */
async function startedWorker(redisUrl: string) {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'worker'], {
    env: { ...COMPILED, ...WORKER, REDIS_URL: redisUrl, CAPSTAN_POLICY: path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = createInterface(child.stderr);
  const lines = log[Symbol.asyncIterator]();
  const seen: string[] = [];
  return {
    async line(words: string): Promise<string> {
      for (;;) {
        const found = seen.find(line => line.includes(words));
        if (found !== undefined) return found;
        const next = await lines.next();
        if (next.done) throw new Error(`the worker ended without saying "${words}":\n${seen.join('\n')}`);
        seen.push(next.value);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      log.close();
      child.stderr.destroy();
    },
  };
}
