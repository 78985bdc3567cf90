import { FIRST_CONTROL_PLANE, StandInHost } from '../../support/host/stand-in-host.ts';

describe('settings', () => {
  let untouched: StandInHost;
  beforeAll(async () => {
    untouched = await StandInHost.create('control-plane');
  });
  afterAll(async () => await untouched.destroy());

  test.each([
    ['WORK_ID', ''],
    ['WORK_ID', 'a b'],
    ['WORK_ID', '-x'],
    ['WORK_KEY', '../../etc'],
    ['WORK_KEY', 'a/b'],
    ['WORK_KEY', `a${'b'.repeat(63)}`],
    ['NODE', 'cp-1;reboot'],
    ['NODE', 'cp-1\nreboot'],
    ['PHASE', 'kubele'],
    ['PHASE', 'control-plane|kubelet'],
    ['KUBEADM', 'reset'],
    ['KUBEADM', ''],
    ['FROM', 'v1.36'],
    ['TO', 'v1.37.2 --force'],
    ['TO', "v1.37.2'"],
    ['TO', 'v1.37.2\n'],
    ['TO', 'latest'],
    ['IGNORE_PREFLIGHT', 'all --force'],
    ['IGNORE_PREFLIGHT', '$(reboot)'],
  ])('%s=%j is refused before anything is touched', async (name, value) => {
    const ended = await untouched.attach({ ...FIRST_CONTROL_PLANE, [name]: value });
    expect(ended.code).toBe(1);
    expect(ended.output).toContain(`error: CAPSTAN_${name} is "${value}"; it must match`.split('\n')[0]);
    expect(await untouched.calls()).toEqual([]);
    expect(untouched.has('var/lib/capstan')).toBe(false);
  });
});
