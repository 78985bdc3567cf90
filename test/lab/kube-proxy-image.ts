import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FROM, type Lab, run, TO } from './lab.ts';

const LIBRARY = 'lib/x86_64-linux-gnu/libm.so.6';

/**
 * kube-proxy spreads calls over the pods of a Service with the iptables match `statistic`, which needs the mathematics
 * of the C library. An image that lacks it serves no Service of more than one pod: such images are completed here.
 */
export async function completeKubeProxyImages(lab: Lab, scratch: string): Promise<void> {
  for (const version of [FROM, TO]) {
    const archive = join(lab.cache, 'images', version.slice(1), 'kube-proxy.tar');
    const folder = join(scratch, `kube-proxy-${version}`);
    mkdirSync(folder);
    await run('tar', ['-xf', archive, '-C', folder]);
    await run('tar', ['-xf', join(folder, 'layer.tar'), '-C', folder]);
    if (!existsSync(join(folder, LIBRARY))) {
      await run('python3', [join(lab.folder, 'image.py'), `${archive}.new`, nameOf(version), ...filesOf(lab, folder)]);
      renameSync(`${archive}.new`, archive);
    }
    rmSync(folder, { recursive: true });
  }
}

const nameOf = (version: string): string => `registry.k8s.io/kube-proxy:${version}`;

/** `source:target` of every file of the image, as it was unpacked, and of the library. */
function filesOf(lab: Lab, folder: string): string[] {
  const files = ['usr', 'lib', 'lib64']
    .filter(top => existsSync(join(folder, top)))
    .flatMap(top => readdirSync(join(folder, top), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  const library = realpathSync(join(lab.cache, 'root', 'usr', LIBRARY));
  return [...files.map(file => `${file}:${file.slice(folder.length)}`), `${library}:/${LIBRARY}`];
}
