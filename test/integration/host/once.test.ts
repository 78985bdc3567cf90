import { readFile, writeFile } from 'node:fs/promises';
import { CONTROL_PLANE_KUBELET, hostsOfTests, powerCut } from '../../support/host/hosts.ts';
import { FIRST_CONTROL_PLANE, WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const on = hostsOfTests();

describe('a work is done once', () => {
  test('whoever asks again for finished work gets its log and verdict, and nothing is started', async () => {
    const host = await on('worker');
    await host.attach(WORKER_KUBELET);
    const before = await host.calls();
    const again = await host.attach(WORKER_KUBELET);
    expect(again.code).toBe(0);
    expect(again.output).toContain('[verify] done');
    expect(await host.calls()).toEqual(before);
  });

  test('two pods that attach at once start one unit, and both follow it to its verdict', async () => {
    const host = await on('worker');
    // Long enough for the second to look before there is a unit to see.
    await host.hook('systemd-run', '/bin/sleep 0.3');
    const both = await Promise.all([host.attach(WORKER_KUBELET), host.attach(WORKER_KUBELET)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    for (const { output } of both) expect(output).toContain('[verify] done');
    expect((await host.calls()).filter(call => call.startsWith('systemd-run'))).toHaveLength(1);
  });

  test('work that was cut off begins again at the step it was in', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', powerCut('upgrade apply --yes v1.37.2'));
    const cut = await host.attach(FIRST_CONTROL_PLANE);
    expect(cut.code).toBe(75);
    expect(cut.output).toMatch(/ended without a verdict, at: \d+ begin apply/);
    const again = await host.attach(FIRST_CONTROL_PLANE);
    expect(again.code).toBe(0);
    expect(again.output).toContain('the work was interrupted in step apply, and begins there again');
    expect((await host.begun('first')).slice(6)).toEqual(['apply', 'apply', 'verify']);
    expect((await host.calls()).filter(call => call.startsWith('apt-get update'))).toHaveLength(1);
  });

  test('a step whose child was killed is not taken for done', async () => {
    const host = await on('worker');
    // The step dies with its child, as under the OOM killer; the unit lives.
    await host.hook('kubeadm', 'kill -9 $PPID');
    expect((await host.attach(WORKER_KUBELET)).code).toBe(1);
    expect(await host.verdict('worker')).toMatchObject({ step: 'node', rc: 137 });
  });

  test('work that is cut off again and again is given up after three starts', async () => {
    const host = await on('worker');
    await host.hook('kubeadm', powerCut('upgrade node').replace('[ ! -e "$world/cut" ]', 'true'));
    for (const code of [75, 75, 75, 1]) expect((await host.attach(WORKER_KUBELET)).code).toBe(code);
    expect(await host.verdict('worker')).toMatchObject({
      step: 'node',
      rc: 1,
      reason: 'The work was interrupted 3 times, the last time in step node.',
    });
    expect((await host.calls()).filter(call => call === 'kubeadm upgrade node')).toHaveLength(3);
  });

  test('a second work waits until the first has left the host', async () => {
    const host = await on('control-plane');
    const [planning, goOn] = [await host.pipe('planning'), await host.pipe('go-on')];
    await host.hook('kubeadm', `[ "$2" != plan ] || { : >${planning}; cat ${goOn}; }`);
    const running = host.attach(FIRST_CONTROL_PLANE);
    await readFile(planning);
    const blocked = Promise.withResolvers<void>();
    const waiting = host.attach(CONTROL_PLANE_KUBELET, output => {
      if (output.includes('waiting for')) blocked.resolve();
    });
    await blocked.promise;
    await writeFile(goOn, '');
    const [first, second] = await Promise.all([running, waiting]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.output).toContain('waiting for run-1-h0-0-cp-1-1 to stop on this host');
    const calls = await host.calls();
    const lastOfFirst = calls.indexOf('kubeadm version -o short');
    expect(calls.indexOf('apt-mark unhold kubelet kubectl')).toBeGreaterThan(lastOfFirst);
  });
});
