import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { HostWork } from '../../../src/app/driver-ports.ts';
import { jobManifest } from '../../../src/kubernetes/driver/job-manifest.ts';
import { workKey } from '../../../src/kubernetes/driver/job-names.ts';
import { readVerdict } from '../../../src/kubernetes/driver/verdict.ts';
import { hostsOfTests, powerCut } from '../../support/host/hosts.ts';
import { UPGRADE_SH, WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const on = hostsOfTests();

describe('the pod', () => {
  test('its termination message is the verdict', async () => {
    const host = await on('worker');
    const { code, message } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(0);
    expect(JSON.parse(message)).toEqual(await host.verdict('worker'));
  });

  test('what the driver’s Job says of a work is understood by the host, and its verdict by the driver', async () => {
    const host = await on('worker');
    const work: HostWork = {
      id: 'run-1-h0-2-Worker_1.example-1',
      run: 'run-1',
      node: 'worker-1.example',
      phase: 'kubelet',
      kubeadm: undefined,
      from: { major: 1, minor: 36, patch: 3 },
      to: { major: 1, minor: 37, patch: 2 },
      ignorePreflightErrors: ['Swap'],
    };
    const job = jobManifest(work, { namespace: 'capstan-system', image: 'busybox' });
    const [container] = job.spec?.template.spec?.containers ?? [];
    const command = (container?.command ?? []).map(part => part.replaceAll('$$', '$'));
    const settings = (container?.env ?? []).map(({ name, value = '' }) => [name.replace('CAPSTAN_', ''), value]);
    const { code, message } = await host.runContainer(command, Object.fromEntries(settings));
    expect(code).toBe(0);
    expect(readVerdict(message, workKey(work))).toEqual({ step: 'verify', rc: 0, reason: '' });
  });

  test('a failed step ends it with 1 and the verdict', async () => {
    const host = await on('worker');
    await host.hook('kubeadm', 'echo "error: no"; exit 7');
    const { code, message } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(1);
    expect(JSON.parse(message)).toMatchObject({ work: WORKER_KUBELET.WORK_ID, step: 'node', rc: 7, reason: 'no' });
  });

  test('an interrupted unit leaves no message, so that nobody takes it for a verdict', async () => {
    const host = await on('worker');
    await host.hook('kubeadm', powerCut('upgrade node'));
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 75, message: '' });
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 0 });
  });

  test('a host on which nothing can be started says so', async () => {
    const host = await on('worker');
    await host.hook('systemd-run', 'echo "Failed to connect to bus"; exit 1');
    const { code, message, output } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(1);
    expect(output).toContain('systemd-run could not start capstan-worker.service');
    expect(JSON.parse(message)).toMatchObject({ work: WORKER_KUBELET.WORK_ID, step: 'start', rc: 1 });
  });

  test('a host that is shutting down is no failure: the next pod begins after the boot', async () => {
    const host = await on('worker');
    await host.hook('systemd-run', 'exit 1');
    await host.hook('systemctl', '[ "$1" != is-system-running ] || { echo stopping; exit 1; }');
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 75, message: '' });
  });
});

test.each(['upgrade.sh', 'launch.sh'])('%s is understood by the shell', name => {
  execFileSync('/bin/sh', ['-n', join(UPGRADE_SH, '..', name)]);
});
