import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingHere } from '../../lab/cluster/machine.ts';

const PT_LOAD = 1;
const PT_INTERP = 3;

describe('what a machine lacks for the lab', () => {
  let folder: string;
  const ofBusybox = () => missingHere({ PATH: folder }).filter(text => text.includes('busybox'));

  /** A program of the 64-bit ELF format, with nothing but one program header. */
  function busyboxOf(type: number): void {
    const image = Buffer.alloc(64 + 56);
    image.write('\x7fELF', 'latin1');
    image.writeBigUInt64LE(64n, 32);
    image.writeUInt16LE(56, 54);
    image.writeUInt16LE(1, 56);
    image.writeUInt32LE(type, 64);
    writeFileSync(join(folder, 'busybox'), image, { mode: 0o755 });
  }

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
    busyboxOf(PT_INTERP);
    expect(ofBusybox()).toEqual(['a busybox that needs no libraries (busybox-static)']);
  });

  test('is nothing where it needs none', () => {
    busyboxOf(PT_LOAD);
    expect(ofBusybox()).toEqual([]);
  });
});
