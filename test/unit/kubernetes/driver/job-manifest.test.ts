import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { HostWork } from '../../../../src/app/driver-ports.ts';
import { upgradeWorkOf } from '../../../../src/demo/cluster/host/upgrade-work.ts';
import type { Pod } from '../../../../src/demo/cluster/store/objects.ts';
import { jobManifest } from '../../../../src/kubernetes/driver/job-manifest.ts';
import { jobName, nodeLabel, workKey } from '../../../../src/kubernetes/driver/job-names.ts';
import { parseVersion } from '../../../../src/version/kubernetes-version.ts';

const OPTIONS = { namespace: 'capstan-system', image: 'busybox:1.37' };

const work: HostWork = {
  id: 'run-7-h0-0-cp-1-1',
  run: 'run-7',
  node: 'cp-1',
  phase: 'control-plane',
  kubeadm: 'apply',
  from: version('v1.36.3'),
  to: version('v1.37.2'),
  ignorePreflightErrors: [],
};

function version(text: string) {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(text);
  return parsed;
}

function templateOf(each: HostWork, ignorePreflightErrors: readonly string[] = []) {
  const { spec } = jobManifest({ ...each, ignorePreflightErrors }, OPTIONS);
  const pod = spec?.template.spec;
  const [container] = pod?.containers ?? [];
  if (!spec || !pod || !container) throw new Error('the manifest is not whole');
  return { job: spec, labels: spec.template.metadata?.labels ?? {}, pod, container };
}

/** The kubelet's rule for `command` (kubernetes.io: define-command-argument-container). */
function asTheKubeletExpandsIt(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, kind: string, name: string) =>
    kind === '$' ? '$' : (environment.get(name) ?? whole),
  );
}

describe('names', () => {
  const ids = fc.oneof(
    fc.stringMatching(/^[a-z0-9][A-Za-z0-9._/-]{0,250}$/),
    fc.constantFrom('a', 'A.B', 'a/b', 'a--b', `run-${'x'.repeat(240)}`, 'a.b', 'a-b'),
  );

  test('are DNS labels, whatever the work is called', () => {
    fc.assert(
      fc.property(ids, id => {
        expect(jobName({ id })).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])$/);
        expect(workKey({ id })).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      }),
    );
  });

  test('are the same for the same work and differ for others, even where only the ends of long names do', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        expect(jobName({ id: one }) === jobName({ id: other })).toBe(one === other);
      }),
    );
    const long = `run-1-h0-0-${'node'.repeat(50)}`;
    expect(jobName({ id: `${long}-1` })).not.toBe(jobName({ id: `${long}-2` }));
    expect(jobName({ id: 'a.b' })).not.toBe(jobName({ id: 'a-b' }));
  });

  test('of nodes are labels as they are, or shortened where they are too long for one', () => {
    expect(nodeLabel('ip-10-0-0-1.eu-west-1.compute.internal')).toBe('ip-10-0-0-1.eu-west-1.compute.internal');
    const [one, other] = ['a', 'b'].map(end => nodeLabel(`${'node.'.repeat(30)}${end}`));
    expect(one).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(one).not.toBe(other);
  });
});

describe('the Job', () => {
  test('runs on its node whatever the scheduler, taints or a full node would say', () => {
    const { pod, container } = templateOf(work);
    expect(pod).toMatchObject({
      nodeName: 'cp-1',
      tolerations: [{ operator: 'Exists' }],
      priorityClassName: 'system-node-critical',
      hostPID: true,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
    });
    expect(container).toMatchObject({ imagePullPolicy: 'IfNotPresent', securityContext: { privileged: true } });
  });

  test('has pods that a drain knows as Capstan’s upgrades, and nobody takes for Capstan itself', () => {
    const { labels } = templateOf(work);
    expect(labels).toEqual({
      'app.kubernetes.io/managed-by': 'capstan',
      'capstan.dev/node': 'cp-1',
      'capstan.dev/work': workKey(work),
    });
    expect(jobManifest(work, OPTIONS).metadata?.labels).toEqual(labels);
  });

  test('gives up at a verdict, and makes another pod where one was only killed', () => {
    const { job } = templateOf(work);
    const [disrupted, told] = job.podFailurePolicy?.rules ?? [];
    expect(disrupted).toMatchObject({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] });
    expect(told).toMatchObject({ action: 'FailJob', onExitCodes: { operator: 'In' } });
    const codes = told?.onExitCodes?.values ?? [];
    expect(codes).toContain(1);
    for (const interrupted of [75, 137, 143, 255]) expect(codes).not.toContain(interrupted);
    expect(codes).toEqual(codes.toSorted((a, b) => a - b));
    expect(job.backoffLimit).toBeGreaterThan(3);
  });

  test('carries both scripts word for word, past the kubelet’s expansion of variables', () => {
    const { container } = templateOf(work);
    const environment = new Map(
      [...(container.env ?? []), { name: 'now', value: 'WRONG' }].map(e => [e.name, e.value ?? '']),
    );
    const script = (name: string) =>
      readFileSync(new URL(`../../../../src/kubernetes/driver/host/${name}`, import.meta.url), 'utf8');
    expect(container.command?.map(part => asTheKubeletExpandsIt(part, environment))).toEqual([
      '/bin/sh',
      '-c',
      script('launch.sh'),
      'launch.sh',
      script('upgrade.sh'),
    ]);
  });

  test.each([
    { ...work },
    { ...work, kubeadm: 'node' as const },
    { ...work, phase: 'kubelet' as const, kubeadm: undefined },
    { ...work, phase: 'kubelet' as const, kubeadm: undefined, only: 'preflight' as const },
    { ...work, to: version('v1.38.0-rc.1'), from: version('v1.37.2') },
  ])('says what the simulated host understands: $phase, $kubeadm, $only', (each: HostWork) => {
    const { pod } = templateOf(each);
    const { id, phase, kubeadm, from, to, only } = each;
    const preflightOnly = only === 'preflight';
    expect(upgradeWorkOf({ spec: pod } as Pod)).toEqual({ id, phase, preflightOnly, kubeadm, from, to });
  });

  test.each([
    ['v1.34.9', ''],
    ['v1.35.0', '2'],
    ['v1.37.2', '2'],
  ])('says which cgroup the kubelet of %s needs: "%s"', (to, value) => {
    const { container } = templateOf({ ...work, to: version(to) });
    expect(container.env).toContainEqual({ name: 'CAPSTAN_CGROUP', value });
  });

  test('names the preflight errors to ignore, and packages without a vendor’s suffix', () => {
    const { container } = templateOf({ ...work, to: version('v1.37.2+vendor1') }, ['SystemVerification', 'CreateJob']);
    expect(container.env).toContainEqual({ name: 'CAPSTAN_IGNORE_PREFLIGHT', value: 'SystemVerification,CreateJob' });
    expect(container.env).toContainEqual({ name: 'CAPSTAN_TO', value: 'v1.37.2' });
  });
});
