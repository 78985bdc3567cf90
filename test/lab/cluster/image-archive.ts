import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../support/command.ts';

export interface ImageContents {
  /** With its tag. */
  readonly name: string;
  readonly entrypoint?: readonly string[];
  /** A file of this machine for each path in the image. */
  readonly files: Readonly<Record<string, string>>;
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const FOLDERS: Readonly<Record<string, number>> = { tmp: 0o1777, etc: 0o755, var: 0o755, run: 0o755 };
const TEXTS: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534::/:/sbin/nologin\n',
  'etc/group': 'root:x:0:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};
/** The same files make the same archive, whoever packs them and when. */
const REPRODUCIBLE = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--dereference'];

/** Writes an image of one layer as an archive that `ctr images import` and `docker load` understand. */
export async function writeImage(
  archive: string,
  { name, entrypoint, files }: ImageContents,
  signal: AbortSignal,
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'capstan-image-'));
  try {
    const layer = join(scratch, 'layer.tar');
    stage(join(scratch, 'layer'), files);
    await run('tar', [...REPRODUCIBLE, '-cf', layer, '-C', join(scratch, 'layer'), '.'], { signal });
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: { Env: [PATH], ...(entrypoint && { Entrypoint: entrypoint }) },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256Of(layer)}`] },
    };
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    writeFileSync(join(scratch, 'config.json'), JSON.stringify(config));
    writeFileSync(join(scratch, 'manifest.json'), JSON.stringify(manifest));
    const parts = ['manifest.json', 'config.json', 'layer.tar'];
    await run('tar', [...REPRODUCIBLE, '-cf', archive, '-C', scratch, ...parts], { signal });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Links, which tar follows: nothing is copied twice. */
function stage(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, mode] of Object.entries(FOLDERS)) {
    mkdirSync(join(folder, path), { recursive: true });
    chmodSync(join(folder, path), mode);
  }
  for (const [path, text] of Object.entries(TEXTS)) writeFileSync(join(folder, path), text);
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(source, join(folder, path));
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
