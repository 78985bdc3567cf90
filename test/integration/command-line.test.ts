import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { BUNDLED_CALENDAR } from '../../src/version/bundled-calendar.ts';
import { newestPatch } from '../../src/version/calendar.ts';
import { formatVersion } from '../../src/version/kubernetes-version.ts';
import { capstan } from '../support/capstan.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-cli-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('capstan', () => {
  it.each(['bot', 'worker', 'all'])('%s without settings does not start and lists every fault at once', async name => {
    const ended = await capstan([name]);
    expect(ended.code).toBe(1);
    for (const setting of ['REDIS_URL', 'CAPSTAN_POLICY']) expect(ended.stderr).toContain(`${setting} is not set`);
    if (name !== 'worker') expect(ended.stderr).toContain('SLACK_BOT_TOKEN is not set');
    if (name !== 'bot') expect(ended.stderr).toContain('CAPSTAN_CLUSTER is not set');
  });

  it('says of the demo where it is, in an installation without it', async () => {
    const root = new URL('../..', import.meta.url);
    const installed = join(folder, 'installed');
    const source = fileURLToPath(new URL('src', root));
    cpSync(source, join(installed, 'src'), { recursive: true, filter: path => path !== join(source, 'demo') });
    cpSync(fileURLToPath(new URL('package.json', root)), join(installed, 'package.json'));
    symlinkSync(fileURLToPath(new URL('node_modules', root)), join(installed, 'node_modules'));
    const ended = await capstan(['demo', '--auto'], {}, join(installed, 'src', 'main.ts'));
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The demo is not part of .*`npm run demo`.*\n$/),
    });
  });

  it('names a command that does not exist', async () => {
    const ended = await capstan(['plann']);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('"plann"') });
  });

  it.each(['bot', 'worker', 'all', 'keys', 'version'])(
    '%s does nothing where more is said than its name',
    async name => {
      const ended = await capstan([name, '--port=80']);
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`capstan ${name} takes no`) });
      expect(ended.stderr).toContain('"--port=80"');
      const help = await capstan([name, '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^capstan upgrades/) });
    },
  );

  it.each(['version', '--version', '-v'])('%s says which one this is', async word => {
    expect(await capstan([word])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^capstan \d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    ['bot', 'CAPSTAN_SIGNING_KEY'],
    ['worker', 'CAPSTAN_VERIFY_KEY'],
  ])('%s lists a malformed key among the other faults', async (name, setting) => {
    const ended = await capstan([name], { [setting]: 'AAAA' });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('REDIS_URL is not set') });
    expect(ended.stderr).toMatch(new RegExp(`^  - ${setting} cannot be used: write the (private|public) key `, 'm'));
  });

  it('plan says so where there is no kubeconfig at all', async () => {
    const ended = await capstan(['plan'], { HOME: folder });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^capstan plan: There is no kubeconfig: /) });
  });

  it('keys prints a pair that bot and worker accept', async () => {
    const ended = await capstan(['keys']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^CAPSTAN_SIGNING_KEY=\S+\nCAPSTAN_VERIFY_KEY=\S+\n$/);
  });
});

describe('capstan plan', () => {
  let cluster: SimulatedCluster;
  let kubeconfig: string;

  beforeAll(async () => {
    cluster = await startSimulatedCluster({ scenario: HIGHLY_AVAILABLE, speed: 60 });
    kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig());
  });

  afterAll(async () => {
    await cluster.stop();
  });

  it('prints a chain of two hops and exits with 0', async () => {
    const ended = await capstan(['plan', 'latest', '--kubeconfig', kubeconfig]);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    for (const minor of [36, 37]) {
      const newest = newestPatch(BUNDLED_CALENDAR, { major: 1, minor });
      expect(ended.stdout).toContain(newest && formatVersion(newest));
    }
  });

  it('reads the kubeconfig from the environment, and prints JSON that names its schema version', async () => {
    const ended = await capstan(['plan', '1.36', '-o', 'json'], { KUBECONFIG: kubeconfig });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ plan: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it.each([
    ['v1.34.1', 2, /older/],
    ['1.99', 2, /1\.99/],
    ['v1.35.4', 0, /nothing to do/i],
  ])('answers target %s with exit code %i', async (target, code, words) => {
    const ended = await capstan(['plan', target, '--kubeconfig', kubeconfig]);
    expect(`${ended.stdout}${ended.stderr}`).toMatch(words);
    expect(ended.code).toBe(code);
  });

  it.each([
    [['plan', 'netx'], /"netx"/],
    [['plan', '--kubeconifg', 'x'], /^capstan plan: There is no option --kubeconifg\. Did you mean --kubeconfig\?$/m],
    [['plan', '--target', '1.37'], /There is no option --target\. The target stands by itself: capstan plan 1\.37\.$/m],
    [['plam', '1.37'], /^There is no command "plam"\. Did you mean plan\?/],
    [['status', 'prod'], /"prod" is one word too many/],
    [['status', '--kubeconfig', '/nowhere/config'], /\/nowhere\/config/],
    [['plan', '--cluster', 'prod'], /--cluster chooses a cluster of a policy file, and there is none: /],
    [['plan', '-o', 'yaml'], /yaml/],
    [['plan', '--kubeconfig', '/nowhere/config'], /\/nowhere\/config/],
    [['plan', '--context', 'prodd'], /prodd/],
  ])('%j exits with 1 and a sentence that names the word', async (args, words) => {
    const ended = await capstan(args, { KUBECONFIG: kubeconfig });
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr.trim().split('\n').length).toBeLessThanOrEqual(4);
    expect(ended.code).toBe(1);
  });
});

describe.each(['plan', 'status'])('capstan %s', command => {
  it('--help prints its options and exits with 0', async () => {
    const ended = await capstan([command, '--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(new RegExp(`^capstan ${command} `));
    for (const option of ['--kubeconfig FILE', '--context NAME', '-o, --output text|json', '-h, --help'])
      expect(ended.stdout).toContain(option);
  });

  it('does not start with a release calendar that cannot be used', async () => {
    const wrong = await capstan([command], { CAPSTAN_RELEASES_URL: 'ftp://mirror' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('CAPSTAN_RELEASES_URL cannot be used') });
    const missing = await capstan([command], { CAPSTAN_RELEASES_URL: 'file:///nowhere/releases.yaml' });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('/nowhere/releases.yaml') });
  });
});

describe('capstan status', () => {
  let cluster: SimulatedCluster;
  let kubeconfig: string;

  beforeAll(async () => {
    cluster = await startSimulatedCluster({ scenario: HIGHLY_AVAILABLE, speed: 60 });
    kubeconfig = join(folder, 'status-kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig());
  });

  afterAll(async () => {
    await cluster.stop();
  });

  it('prints every component with its node, its version and what it may be, and exits with 0', async () => {
    const ended = await capstan(['status', '--kubeconfig', kubeconfig]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^kube-apiserver +\S+ +v1\.35\.\d+ +1\.34 to 1\.36 +within$/m);
    expect(ended.stdout).toMatch(/^kubelet +\S+ +v1\.35\.\d+ +1\.32 to 1\.35 +within$/m);
    expect(ended.stdout).toMatch(/^kubectl +- +- +1\.34 to 1\.36 /m);
    expect(ended.stdout).toContain('1.35 is supported until 2027-02-28');
  });

  it('prints JSON for scripts', async () => {
    const ended = await capstan(['status', '-o', 'json'], { KUBECONFIG: kubeconfig });
    expect(JSON.parse(ended.stdout)).toMatchObject({ schemaVersion: 1, kind: 'status', withinPolicy: true });
  });

  it('looks up newer patches where it may, and keeps them for the next time', async () => {
    const mirror = createHttpServer(({ url = '' }, response) => {
      const minor = /stable-1\.(\d+)\.txt$/.exec(url)?.[1] ?? '37';
      response.end(`v1.${minor}.17\n`);
    });
    await new Promise<void>(resolve => {
      mirror.listen(0, '127.0.0.1', resolve);
    });
    const address = mirror.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const environment = {
      KUBECONFIG: kubeconfig,
      CAPSTAN_RELEASES_URL: `http://127.0.0.1:${port}/release`,
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const first = await capstan(['status'], environment);
    expect(first.stdout).toContain('Its newest patch is v1.35.17');
    mirror.close();
    const second = await capstan(['plan', 'patch'], environment);
    expect(second.stderr).toBe('');
    expect(second.stdout).toContain('-> v1.35.17');
  });
});

describe('capstan plan against a server that does not answer', () => {
  let silent: Server;

  beforeAll(async () => {
    silent = createServer();
    await new Promise<void>(resolve => {
      silent.listen(0, '127.0.0.1', resolve);
    });
  });

  afterAll(() => {
    silent.close();
  });

  // Its own word is taken for how long it has waited: a machine with much else to do takes longer to start and end it.
  it.each(['silent', 'refusing'])(
    'says that a %s one is unreachable after at most 8 s and exits with 1',
    async kind => {
      const address = silent.address();
      const port = kind === 'silent' && address !== null && typeof address === 'object' ? address.port : 1;
      const kubeconfig = join(folder, kind);
      writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
      const ended = await capstan(['plan', '--kubeconfig', kubeconfig]);
      expect(ended.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} could not be reached for [1-8] s `));
      expect(ended.code).toBe(1);
    },
  );
});

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
