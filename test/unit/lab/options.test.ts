import { endpointOf, layOut } from '../../lab/cluster/layout.ts';
import { type Command, parseCommand, UsageError } from '../../lab/cluster/options.ts';
import { balancerSettings } from '../../lab/cluster/services.ts';
import { parseJob } from '../../lab/job-options.ts';

const words = (text: string) => text.split(' ').filter(word => word !== '');
const up = (controlPlanes: number, workers: number, ...minors: string[]) =>
  ({ kind: 'up', shape: { controlPlanes, workers, minors } }) as Command;

describe('npm run lab', () => {
  test.each<[string, Command]>([
    ['', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['up --help', { kind: 'help' }],
    ['up', up(1, 2, '1.36', '1.37')],
    ['up --control-planes 3 --workers=2', up(3, 2, '1.36', '1.37')],
    ['up --workers 0 --from 1.35', up(1, 0, '1.35', '1.36', '1.37')],
    ['up --from v1.35.4 --versions 1.35,1.36', up(1, 2, '1.35', '1.36')],
    ['up --from 1.37', up(1, 2, '1.37')],
    ['down', { kind: 'down' }],
    ['status', { kind: 'status' }],
    ['exec cp1 ls -l', { kind: 'exec', host: 'cp1', command: ['ls', '-l'] }],
    ['exec cp1 -- ls -l', { kind: 'exec', host: 'cp1', command: ['ls', '-l'] }],
    ['net kubectl get nodes -o wide', { kind: 'net', command: words('kubectl get nodes -o wide') }],
    ['load a.tar b.tar', { kind: 'load', archives: ['a.tar', 'b.tar'] }],
    ['reboot w1', { kind: 'reboot', host: 'w1' }],
    ['stop w1', { kind: 'stop', host: 'w1' }],
    ['start w1', { kind: 'start', host: 'w1' }],
  ])('understands "%s"', (text, command) => {
    expect(parseCommand(words(text))).toEqual(command);
  });

  test.each([
    ['boot', 'There is no command "boot".'],
    ['up --control-planes 0', '--control-planes is "0"; it must be a number from 1 to 5.'],
    ['up --workers many', '--workers is "many"; it must be a number from 0 to 9.'],
    ['up --from 1.12', '--from is "1.12"; known minors are 1.35, 1.36, 1.37.'],
    ['up --from 1.35 --versions 1.37', '--versions is "1.37"; it must go on from 1.35 (--from) without a gap.'],
    ['up --from 1.36 --versions 1.35', '--versions is "1.35"; it must go on from 1.36 (--from) without a gap.'],
    ['down now', '"down" takes nothing more, and "now" was given.'],
    ['exec cp1', '"exec" needs a command.'],
    ['exec', '"exec" needs the name of a host, such as cp1.'],
    ['net', '"net" needs a command.'],
    ['load', '"load" needs the archive of an image: load FILE.tar'],
    ['stop', '"stop" needs the name of a host, such as cp1.'],
  ])('says what is wrong with "%s"', (text, sentence) => {
    expect(() => parseCommand(words(text))).toThrow(new UsageError(sentence));
  });

  test('names the option that it does not know', () => {
    expect(() => parseCommand(['up', '--nodes', '3'])).toThrow(/'--nodes'/);
  });
});

describe('npm run test:lab', () => {
  test('takes one control plane, two workers and one hop where nothing is said', () => {
    const shape = { controlPlanes: 1, workers: 2, minors: ['1.36', '1.37'] };
    expect(parseJob([])).toEqual({ shape, keep: false, ifPossible: false });
  });

  test('takes several hops', () => {
    const job = parseJob(words('--control-planes 3 --from 1.35 --to 1.37'));
    expect(job).toMatchObject({ shape: { controlPlanes: 3, minors: ['1.35', '1.36', '1.37'] } });
  });

  test.each(['--from 1.37', '--from 1.37 --to 1.36'])('refuses "%s", where nothing would be upgraded', text => {
    expect(() => parseJob(words(text))).toThrow(/there is nothing to upgrade/);
  });
});

describe('the hosts', () => {
  test('have names, addresses and pod networks of their own, however many there are', () => {
    const hosts = layOut(5, 9);
    for (const field of ['name', 'address', 'podSubnet'] as const) {
      expect(new Set(hosts.map(host => host[field])).size).toBe(14);
    }
  });

  test('are reached through a balancer only where there are several API servers', () => {
    expect(endpointOf(layOut(1, 2))).toBe('10.99.0.11:6443');
    expect(endpointOf(layOut(3, 2))).toBe('10.99.0.1:6443');
  });

  test('of control planes are what the balancer knows, each with a check of its readiness', () => {
    const settings = balancerSettings(layOut(3, 0));
    expect(settings.match(/^ {2}server .*$/gm)).toEqual([
      '  server cp1 10.99.0.11:6443',
      '  server cp2 10.99.0.12:6443',
      '  server cp3 10.99.0.13:6443',
    ]);
    expect(settings).toContain('option httpchk GET /readyz');
  });
});
