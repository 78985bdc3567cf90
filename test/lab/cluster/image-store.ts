import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../../support/command.ts';
import { type ImageContents, writeImage } from './image-archive.ts';
import { fileHere, kept } from './kept.ts';
import { until } from './process.ts';

const READY_MS = 30_000;
const CONTENT = 'io.containerd.content.v1.content/blobs';
const SNAPSHOTS = 'io.containerd.snapshotter.v1.overlayfs/snapshots';

/**
 * What a containerd keeps on disk once it has all these images: hosts that begin with it need not unpack any.
 * `runtime`: the folder of its programs.
 */
export function makeImageStore(
  cache: string,
  images: readonly ImageContents[],
  runtime: string,
  signal: AbortSignal,
): Promise<string> {
  const parts = [basename(runtime), JSON.stringify(images), fileHere('image-store.ts'), fileHere('image-archive.ts')];
  return kept(cache, 'images', parts, async folder => {
    const scratch = mkdtempSync(join(tmpdir(), 'capstan-store-'));
    try {
      await withContainerd({ runtime, folder, scratch }, async address => {
        for (const image of images) {
          const archive = join(scratch, 'image.tar');
          await writeImage(archive, image, signal);
          await importImage(join(runtime, 'ctr'), ['--address', address], archive, signal);
        }
      });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
}

async function importImage(ctr: string, flags: readonly string[], archive: string, signal: AbortSignal): Promise<void> {
  await run(ctr, [...flags, '--namespace', 'k8s.io', 'images', 'import', archive], { signal });
}

/** A containerd on this machine that runs nothing, and only writes into the folder. */
async function withContainerd(
  { runtime, folder, scratch }: { readonly runtime: string; readonly folder: string; readonly scratch: string },
  deed: (address: string) => Promise<void>,
): Promise<void> {
  const address = join(scratch, 'containerd.sock');
  const settings = [
    'version = 3',
    `root = '${folder}'`,
    `state = '${join(scratch, 'state')}'`,
    "disabled_plugins = ['io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri']",
    `[grpc]\n  address = '${address}'`,
    `[ttrpc]\n  address = '${address}.ttrpc'`,
  ];
  writeFileSync(join(scratch, 'containerd.toml'), settings.join('\n'));
  const child = spawn(join(runtime, 'containerd'), ['--config', join(scratch, 'containerd.toml')], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    await until('The start of containerd', READY_MS, () => existsSync(address));
    await deed(address);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/**
 * Gives a host a store of its own. Layers are never written to again, so that all hosts share one copy of each on disk
 * and in memory; what containerd changes is copied.
 */
export async function giveImageStore(store: string, root: string): Promise<void> {
  const target = join(root, 'var/lib/containerd');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(store)) {
    cpSync(join(store, name), join(target, name), {
      recursive: true,
      filter: path => ![CONTENT, SNAPSHOTS].some(shared => path === join(store, shared)),
    });
  }
  for (const shared of [CONTENT, SNAPSHOTS]) {
    await run('cp', ['--archive', '--link', join(store, shared), join(target, shared)]);
  }
}
