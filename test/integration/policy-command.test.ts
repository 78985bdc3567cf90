import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capstan } from '../support/capstan.ts';

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
      'defaults: { approvers: [S0OPS] }\nclusters:\n  prod: { waivable: [ETCD_QUORUN] }\n  test: {}\n',
    );
    const { code, stdout, stderr } = await capstan(['policy', 'check', path]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Cluster prod\n {2}- Every full member .*\n/);
    expect(stdout).toContain('\nCluster test\n');
    expect(stdout).toContain('  - One person of group S0OPS must approve it within 1 d.');
    expect(stdout).toContain('  - Note: this version has no finding ETCD_QUORUN; did you mean ETCD_QUORUM?\n');
  });

  it('lists every fault with its line, and exits with 2', async () => {
    writeFileSync(path, BROKEN);
    const ended = await capstan(['policy', 'check'], { CAPSTAN_POLICY: path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.split('\n')).toEqual([
      `${path}:3: clusters.prod.aprovers: there is no such key; did you mean approvers.`,
      `${path}:4: clusters.prod.selfApproval: write true or false.`,
      '',
    ]);
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

  it('do not start where their cluster is not named', async () => {
    writeFileSync(path, 'clusters:\n  staging: { approvers: [S0OPS] }\n');
    const ended = await capstan(['worker'], {
      REDIS_URL: 'redis://127.0.0.1:1',
      CAPSTAN_POLICY: path,
      CAPSTAN_CLUSTER: 'prod',
      CAPSTAN_VERIFY_KEY: 'x',
      CAPSTAN_JOB_IMAGE: 'x',
    });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('write cluster prod too') });
  });
});
