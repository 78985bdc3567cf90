import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingHere } from '../../lab/cluster/machine.ts';

describe('what a machine lacks for the lab', () => {
  let folder: string;
  const ofBusybox = () => missingHere({ PATH: folder }).filter(text => text.includes('busybox'));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'capstan-machine-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is named with the package that brings it', () => {
    expect(missingHere({ PATH: folder }, { buildah: 'package buildah' })).toEqual(
      expect.arrayContaining([
        'haproxy on the PATH (package haproxy)',
        'busybox on the PATH (package busybox-static)',
        'buildah on the PATH (package buildah)',
      ]),
    );
  });

  test('is a busybox that the images can run, where the one that is there needs libraries', () => {
    symlinkSync(process.execPath, join(folder, 'busybox'));
    expect(ofBusybox()).toEqual(['a busybox that needs no libraries (busybox-static)']);
  });

  test('is nothing where it needs none', () => {
    writeFileSync(join(folder, 'busybox'), Buffer.alloc(64));
    chmodSync(join(folder, 'busybox'), 0o755);
    expect(ofBusybox()).toEqual([]);
  });
});
