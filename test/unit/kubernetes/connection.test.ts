import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ClusterUnreachable } from '../../../src/app/ports.ts';
import { loadConnection } from '../../../src/kubernetes/connection.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-connection-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: object | string): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function kubeconfig(names: readonly string[], more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map(name => ({ name, cluster: { server: `https://${name}.example.com:6443/` } })),
    users: names.map(name => ({ name, user: { token: name } })),
    contexts: names.map(name => ({ name, context: { cluster: name, user: name } })),
    ...more,
  };
}

describe('a kubeconfig', () => {
  it('names the server of its current context, without a slash at its end', () => {
    const path = file('one', kubeconfig(['a', 'b'], { 'current-context': 'b' }));
    expect(loadConnection({ kubeconfig: path })).toMatchObject({
      server: 'https://b.example.com:6443',
      cluster: { name: 'b' },
    });
    expect(loadConnection({ kubeconfig: path, context: 'a' }).cluster.name).toBe('a');
  });

  it('may be several files, of which the first that names something decides', () => {
    const first = file('first', kubeconfig(['a']));
    const second = file('second', {
      ...kubeconfig(['a', 'b'], { 'current-context': 'b' }),
      users: ['a', 'b'].map(name => ({ name, user: { token: 'other' } })),
    });
    const both = [first, second].join(delimiter);
    expect(loadConnection({ kubeconfig: both }).cluster.name).toBe('b');
    const { config } = loadConnection({ kubeconfig: both, context: 'a' });
    expect(config.getCurrentUser()?.token).toBe('a');
  });

  it.each<[string, () => string, string | undefined, RegExp]>([
    ['is not there', () => join(folder, 'nowhere'), undefined, /nowhere cannot be used: there is no such file\.$/],
    ['is a folder', () => folder, undefined, /cannot be used: it is a folder\.$/],
    ['is no YAML', () => file('yaml', 'a: [b'), undefined, /yaml cannot be used/],
    ['has nothing in it', () => file('empty', ''), undefined, /empty cannot be used: .*empty/],
    ['holds something else', () => file('other', 'null'), undefined, /other cannot be used: it is no kubeconfig/],
    [
      'lacks the context',
      () => file('c1', kubeconfig(['a', 'b'])),
      'prodd',
      /no context "prodd" in .*c1: it has a, b\./,
    ],
    [
      'has no current context',
      () => file('c2', kubeconfig(['a'])),
      undefined,
      /c2 names no current context: it has a\./,
    ],
    [
      'has no context at all',
      () => file('c3', kubeconfig([])),
      undefined,
      /c3 has no context in it: is it a kubeconfig\?$/,
    ],
    [
      'does not describe the cluster',
      () => file('c4', { ...kubeconfig(['a']), clusters: [] }),
      'a',
      /c4, context "a" names a cluster that is not described/,
    ],
    [
      'does not describe the user',
      () => file('c7', { ...kubeconfig(['a']), users: [] }),
      'a',
      /c7, context "a" names a user that is not described/,
    ],
    [
      'logs in as kubectl does no more',
      () => file('c8', { ...kubeconfig(['a']), users: [{ name: 'a', user: { 'auth-provider': { name: 'gcp' } } }] }),
      'a',
      /c8, user "a" has an auth-provider \(gcp\) without settings\. .* exec plugin/,
    ],
    [
      'names no address',
      () => file('c5', { ...kubeconfig(['a']), clusters: [{ name: 'a', cluster: { server: 'somewhere' } }] }),
      'a',
      /"somewhere" is not the address/,
    ],
    [
      'names a server without TLS',
      () => file('c6', { ...kubeconfig(['a']), clusters: [{ name: 'a', cluster: { server: 'http://10.0.0.1' } }] }),
      'a',
      /http:\/\/10\.0\.0\.1 is named by .*c6 without TLS/,
    ],
  ])('that %s is named in one line', (_, path, context, words) => {
    const load = () => loadConnection({ kubeconfig: path(), ...(context === undefined ? {} : { context }) });
    expect(load).toThrow(ClusterUnreachable);
    expect(load).toThrow(words);
    expect(load).not.toThrow(/\n/);
  });
});
