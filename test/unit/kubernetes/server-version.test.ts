import { serverComponent } from '../../../src/kubernetes/server-version.ts';

describe('the version of an API server', () => {
  it.each([
    ['a plain one', { major: '1', minor: '36', gitVersion: 'v1.36.2' }, 'v1.36.2', { minor: 36, patch: 2 }],
    [
      'one of GKE, whose minor has a plus',
      { major: '1', minor: '36+', gitVersion: 'v1.36.2-gke.1080000' },
      'v1.36.2-gke.1080000',
      { minor: 36, patch: 2, vendor: 'gke.1080000' },
    ],
    [
      'one whose version cannot be read',
      { major: '1', minor: '36+', gitVersion: 'v1.36.x' },
      'v1.36.x',
      { minor: 36, patch: 0 },
    ],
    ['one that tells its minor only', { major: '1', minor: '36+' }, '1.36+', { minor: 36, patch: 0 }],
  ])('is read of %s', (_what, info, text, version) => {
    expect(serverComponent(info)).toEqual({
      kind: 'kube-apiserver',
      node: undefined,
      text,
      version: { major: 1, ...version },
      ready: true,
    });
  });

  it('is none where nothing of it can be read', () => {
    expect(serverComponent({})).toMatchObject({ version: undefined, text: '.' });
  });
});
