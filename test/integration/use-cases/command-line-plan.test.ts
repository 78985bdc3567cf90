import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerAsk } from '../../../src/app/answer.ts';
import { HIGHLY_AVAILABLE } from '../../../src/demo/cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/simulated-cluster.ts';
import { connectKubernetes } from '../../../src/kubernetes/kubernetes.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import { readPolicyFile } from '../../../src/runtime/policy-file.ts';
import { BUNDLED_CALENDAR } from '../../../src/version/bundled-calendar.ts';
import { capstan } from '../../support/capstan.ts';
import { World } from './world.ts';

let cluster: SimulatedCluster;
let world: World;
let folder: string;
let kubeconfig: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-cli-policy-'));
  world = await World.open();
  cluster = await startSimulatedCluster({ scenario: HIGHLY_AVAILABLE, speed: 60 });
  kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
});

afterAll(async () => {
  await cluster.stop();
  await world.close();
  rmSync(folder, { recursive: true });
});

function policyFile(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

interface Printed {
  readonly policy: unknown;
  readonly plan: Pick<Plan, 'digest' | 'findings' | 'estimate'>;
}

async function onTheCommandLine(args: readonly string[], environment: Record<string, string> = {}) {
  const ended = await capstan(['plan', 'latest', '--kubeconfig', kubeconfig, '-o', 'json', ...args], environment);
  expect(ended.stderr).toBe('');
  return { code: ended.code, ...(JSON.parse(ended.stdout) as Printed) };
}

/** The plan that the worker of this cluster stores for the same request, by the same file. */
async function byTheWorker(id: string, file: string): Promise<Plan> {
  const reading = readPolicyFile(file, ['prod']);
  const policy = reading.kind === 'ok' ? reading.clusters.get('prod') : undefined;
  if (!policy) throw new Error(`${file} is no policy for prod`);
  const { reader, close } = connectKubernetes({ kubeconfig, name: 'prod', patienceMs: 5_000, onWarning: fail });
  const request: PlanRequest = { target: { kind: 'latest' }, strategy: 'rolling', only: undefined };
  const ports = {
    ...world.worker,
    quick: { ...world.worker.quick, reader },
    releases: { current: async () => BUNDLED_CALENDAR },
    clock: Date,
    policy: () => ({ policy, fault: undefined }),
  };
  await answerAsk(world.ask(id, { kind: 'plan', request }), ports, new AbortController().signal);
  close();
  return (await world.plan(id)).plan;
}

function fail(sentence: string): never {
  throw new Error(sentence);
}

/** The bot of these tests holds no such policy, and that finding is the worker's alone. */
function comparable({ findings }: Pick<Plan, 'findings'>) {
  return findings
    .filter(({ code }) => code !== 'POLICY_DIFFERS')
    .map(({ code, severity, sentence }) => ({ code, severity, sentence }));
}

describe('capstan plan and the worker', () => {
  const ON_THE_PLAN = ['driver: { ignorePreflightErrors: [Swap, NumCPU] }', 'elasticPools: [pool=spot, team=blue]'];
  const ON_FINDINGS = [
    'freezes: [{ from: 2020-01-01, until: 2099-01-01, reason: for good }]',
    'windows: [{ days: [mon], from: "02:00", to: "02:01" }]',
    'drain: { deleteEmptyDirData: false, force: true }',
    'planLifetime: 2m',
  ];

  it.each([
    ['of what people approve', ON_THE_PLAN],
    ['of when and how', ON_FINDINGS],
  ])('make plans of one digest and the same findings by the same policy, %s', async (name, settings) => {
    const lines = ['clusters:', '  prod:', ...['approvers: [S12]', ...settings].map(line => `    ${line}`)];
    const file = policyFile('same.yaml', ...lines);
    const stored = await byTheWorker(name.replaceAll(' ', '-'), file);
    const { plan, policy } = await onTheCommandLine(['--policy', file]);
    expect(policy).toEqual({ file, cluster: 'prod' });
    expect(plan.digest).toBe(stored.digest);
    expect(comparable(plan)).toEqual(comparable(stored));
  });

  it('differ where the command line has no policy and the worker one that is part of what people approve', async () => {
    const file = policyFile('elastic.yaml', 'clusters: { prod: { approvers: [S12], elasticPools: [pool=spot] } }');
    const stored = await byTheWorker('without', file);
    const { plan, policy } = await onTheCommandLine([]);
    expect(policy).toBeNull();
    expect(plan.digest).not.toBe(stored.digest);
  });
});

describe('the policy of capstan plan', () => {
  it('comes from CAPSTAN_POLICY as well, and says that it knows no history', async () => {
    const freeze = 'freezes: [{ from: 2020-01-01, until: 2099-01-01, reason: for good }]';
    const file = policyFile('frozen.yaml', `clusters: { only: { approvers: [S12], ${freeze} } }`);
    const { code, plan, policy } = await onTheCommandLine([], { CAPSTAN_POLICY: file });
    expect(code).toBe(2);
    expect(policy).toEqual({ file, cluster: 'only' });
    expect(plan.findings[0]).toMatchObject({ code: 'FROZEN', severity: 'block' });
    expect(plan.estimate.basis).toMatch(/^Assumes .* What works took on this cluster before was not looked up\.$/);
  });

  it('is said for people', async () => {
    const file = policyFile('two.yaml', 'defaults: { approvers: [S12] }', 'clusters: { west: {}, east: {} }');
    const args = ['plan', '--kubeconfig', kubeconfig, '--policy', file];
    const east = await capstan([...args, '--cluster', 'east']);
    expect(east.stdout.replaceAll(/\s+/g, ' ')).toContain(`Policy that of cluster east in ${file}.`);
  });

  it('ends it with file and line where it cannot be used', async () => {
    const file = policyFile('broken.yaml', 'clusters: { prod: { approverz: [S12] } }');
    const broken = await capstan(['plan', '--kubeconfig', kubeconfig, '--policy', file]);
    expect(broken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('broken.yaml:1: ') });
  });
});
