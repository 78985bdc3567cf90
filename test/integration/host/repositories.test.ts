import { hostsOfTests } from '../../support/host/hosts.ts';
import { WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const LIST = 'etc/apt/sources.list.d/kubernetes.list';

const on = hostsOfTests();

describe('package repositories', () => {
  const base = 'https://packages.example.com/core:/stable:';

  test.each([
    ['a one-line list', 'k.list', `deb [arch=amd64] ${base}/v1.36/deb/ /`, `deb [arch=amd64] ${base}/v1.37/deb/ /`],
    ['a list without the last slash', 'k.list', `deb ${base}/v1.36/deb /`, `deb ${base}/v1.37/deb /`],
    [
      'a deb822 file',
      'k.sources',
      `Types: deb\nURIs: ${base}/v1.36/deb/\nSuites: /`,
      `Types: deb\nURIs: ${base}/v1.37/deb/\nSuites: /`,
    ],
    [
      'two addresses in a line',
      'k.sources',
      `URIs: ${base}/v1.36/deb/ ${base}/v1.35/deb/`,
      `URIs: ${base}/v1.37/deb/ ${base}/v1.37/deb/`,
    ],
    [
      'a comment beside it',
      'k.list',
      `# deb ${base}/v1.30/deb/ /\ndeb ${base}/v1.36/deb/ /`,
      `# deb ${base}/v1.30/deb/ /\ndeb ${base}/v1.37/deb/ /`,
    ],
    [
      'another repository beside it',
      'k.list',
      `deb https://example.com/v1.36/debian/ /\ndeb ${base}/v1.36/deb/ /`,
      `deb https://example.com/v1.36/debian/ /\ndeb ${base}/v1.37/deb/ /`,
    ],
  ])('%s is led to the new minor', async (_what, file, before, after) => {
    const host = await on('worker');
    await host.put(LIST, '');
    await host.put(`etc/apt/sources.list.d/${file}`, `${before}\n`);
    expect((await host.step('repository', WORKER_KUBELET)).code).toBe(0);
    expect(await host.read(`etc/apt/sources.list.d/${file}`)).toBe(`${after}\n`);
    expect(await host.read(`${file}.before`)).toBe(`${before}\n`);
    expect((await host.calls()).filter(call => call.startsWith('apt-get update'))).toHaveLength(1);
  });

  test.each([
    ['names no Kubernetes', 'deb https://deb.example.com/debian bookworm main'],
    ['has the old minor only in a comment', `# deb ${base}/v1.36/deb/ /`],
    ['has a mirror with one repository for all minors', 'deb https://mirror.example.com/kubernetes/ /'],
  ])('a list that %s stays as it is, and apt is asked for what it knows', async (_what, line) => {
    const host = await on('worker');
    await host.put(LIST, `${line}\n`);
    const ended = await host.step('repository', WORKER_KUBELET);
    expect(ended.code).toBe(0);
    expect(ended.output).toContain('warning: no repository of a single minor');
    expect(await host.read(LIST)).toBe(`${line}\n`);
    expect(await host.calls()).toContain('apt-get update -o Acquire::Retries=3');
  });

  test('a host that has the new repository already keeps all its lists', async () => {
    const host = await on('worker');
    const before = await host.read(LIST);
    await host.put('etc/apt/sources.list.d/next.sources', `URIs: ${base}/v1.37/deb/\n`);
    expect((await host.step('repository', WORKER_KUBELET)).code).toBe(0);
    expect(await host.read(LIST)).toBe(before);
  });
});
