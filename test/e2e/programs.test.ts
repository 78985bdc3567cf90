import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { CONTROL_PLANE_COMMANDS, type Minor } from '../controlplane/modules.ts';
import { broughtBy, type Programs, programsOf, servedVersion } from '../controlplane/programs.ts';
import { START_MS } from './cluster.ts';

const MINOR = '1.37';
const OTHER = '1.36';
const ENVTEST = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const ETCD = ['etcd', 'etcdctl', 'etcdutl'];

/** Compiles nothing: notes which program is to be built, and leaves an empty one. Called as `go build -ldflags F -o FILE PACKAGE`. */
const NOTING_GO = `#!/bin/sh
case "$1" in
  env) echo "$*" ;;
  build) basename "$5" >>"$(dirname "$0")/asked" && : >"$5" ;;
  *) exit 64 ;;
esac
`;

describe('the programs of a control plane', () => {
  const { env } = process;
  let built: Programs;
  let version: string;
  let folder: string;
  let assets: string;

  beforeAll(async () => {
    built = await programsOf(MINOR, AbortSignal.timeout(START_MS));
    version = await servedVersion(MINOR, AbortSignal.timeout(START_MS));
  }, START_MS);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'capstan-programs-'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'go'), NOTING_GO, { mode: 0o755 });
    assets = join(folder, 'assets');
    mkdirSync(assets);
    process.env = {
      ...env,
      PATH: [bin, env.PATH].join(delimiter),
      CAPSTAN_CACHE: join(folder, 'cache'),
      KUBEBUILDER_ASSETS: assets,
    };
  });

  afterEach(() => {
    process.env = env;
    rmSync(folder, { recursive: true, force: true });
  });

  const bring = (names: readonly (keyof Programs)[]) => {
    for (const name of names) symlinkSync(built[name], join(assets, name));
  };
  /** The programs of a minor, each of which is there, and those that had to be built for them. */
  const gather = async (minor: Minor) => {
    const asked = join(folder, 'bin', 'asked');
    rmSync(asked, { force: true });
    const programs = await programsOf(minor, AbortSignal.timeout(10_000));
    expect(
      Object.entries({ ...programs }).filter(([name, file]) => basename(file) !== name || !existsSync(file)),
    ).toEqual([]);
    expect(Object.keys(programs).sort()).toEqual([...CONTROL_PLANE_COMMANDS, 'etcd', 'kwok'].sort());
    return { programs, builds: existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n').sort() : [] };
  };
  const EVERYTHING = [...CONTROL_PLANE_COMMANDS, ...ETCD, 'kwok'].sort();

  it.each<[string, readonly (keyof Programs)[], readonly string[]]>([
    ['what envtest brings', ENVTEST, ['kube-controller-manager', 'kube-scheduler', 'kubeadm', 'kwok']],
    ['an API server alone', ['kube-apiserver'], EVERYTHING.filter(name => name !== 'kube-apiserver')],
    [
      'a whole control plane',
      ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
      ['kubeadm', 'kwok'],
    ],
  ])('are built but for those of a folder with %s', async (_, brought, missing) => {
    bring(brought);
    const { programs, builds } = await gather(MINOR);
    expect(builds).toEqual(missing);
    expect(programs).toMatchObject(Object.fromEntries(brought.map(name => [name, join(assets, name)])));
  });

  it('are all built of another minor, and where there is no folder', async () => {
    bring(ENVTEST);
    expect((await gather(OTHER)).builds).toEqual(EVERYTHING);
    await gather(MINOR);
    delete process.env.KUBEBUILDER_ASSETS;
    // What was built beside a folder is kept by itself, but for kwok, which is the same for all.
    expect((await gather(MINOR)).builds).toEqual(EVERYTHING.filter(name => name !== 'kwok'));
    expect((await gather(MINOR)).builds).toEqual([]);
  });

  it('are not built for a folder that cannot be used', async () => {
    bring(['etcd', 'kubectl']);
    await expect(gather(MINOR)).rejects.toThrow(
      `KUBEBUILDER_ASSETS is ${assets}, which holds no kube-apiserver: write a folder of envtest's.`,
    );
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it('are told by where they come from', async () => {
    bring(ENVTEST);
    expect(await broughtBy(assets, [OTHER, MINOR])).toBe(
      `From KUBEBUILDER_ASSETS (${version}) comes etcd, kube-apiserver, kubectl.`,
    );
    expect(await broughtBy(assets, ['1.35', OTHER])).toBe(
      `From KUBEBUILDER_ASSETS comes nothing: its kube-apiserver is ${version}, and 1.35 and ${OTHER} are tried.`,
    );
  });
});
