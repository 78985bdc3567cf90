import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from '../../support/command.ts';
import { fileHere, kept } from './kept.ts';
import type { Release } from './programs.ts';

/** A file of a package: taken from the given text. */
interface PackageFile {
  readonly text: string;
  readonly mode?: number;
}

interface Package {
  readonly name: 'kubelet' | 'kubeadm' | 'kubectl';
  readonly program: string;
  readonly files: Readonly<Record<string, PackageFile>>;
}

/** Where a repository of one minor lies beneath the server's root, as at pkgs.k8s.io. */
export const repositoryPath = (minor: string) => `core:/stable:/v${minor}/deb`;

/** The Debian version of the packages of `v1.36.3`. */
export const packageVersion = (version: string) => `${version.slice(1)}-1.1`;

/**
 * A repository of a minor for apt, laid out like pkgs.k8s.io: kubelet (unit, settings as a conffile, restart on
 * upgrade), kubeadm (with the drop-in for the kubelet) and kubectl.
 */
export function makeRepository(cache: string, release: Release, signal: AbortSignal): Promise<string> {
  const sources = ['host/kubelet.service', 'host/10-kubeadm.conf', 'host/kubelet.postinst', 'packages.ts'];
  const parts = [basename(release.controlPlane), basename(release.host), ...sources.map(fileHere)];
  return kept(cache, `packages-${release.minor}`, parts, async folder => {
    const stanzas: string[] = [];
    for (const each of packagesOf(release)) stanzas.push(await makePackage(folder, each, release.version, signal));
    const index = stanzas.join('\n');
    writeFileSync(join(folder, 'Packages'), index);
    writeFileSync(join(folder, 'Release'), releaseFile(index));
  });
}

function packagesOf({ controlPlane, host }: Release): Package[] {
  const kubelet = {
    'usr/lib/systemd/system/kubelet.service': { text: fileHere('host/kubelet.service') },
    'etc/default/kubelet': { text: 'KUBELET_EXTRA_ARGS=\n' },
    'DEBIAN/conffiles': { text: '/etc/default/kubelet\n' },
    'DEBIAN/postinst': { text: fileHere('host/kubelet.postinst'), mode: 0o755 },
  };
  const dropIn = 'usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf';
  return [
    { name: 'kubelet', program: join(host, 'kubelet'), files: kubelet },
    {
      name: 'kubeadm',
      program: join(controlPlane, 'kubeadm'),
      files: { [dropIn]: { text: fileHere('host/10-kubeadm.conf') } },
    },
    { name: 'kubectl', program: join(controlPlane, 'kubectl'), files: {} },
  ];
}

/** Answers its stanza in the index. */
async function makePackage(
  folder: string,
  { name, program, files }: Package,
  version: string,
  signal: AbortSignal,
): Promise<string> {
  const control = [
    `Package: ${name}`,
    `Version: ${packageVersion(version)}`,
    'Architecture: amd64',
    'Maintainer: Capstan <capstan@localhost>',
    `Description: ${name} of Kubernetes ${version}`,
  ].join('\n');
  const contents = mkdtempSync(join(tmpdir(), 'capstan-package-'));
  try {
    const all: Package['files'] = { ...files, 'DEBIAN/control': { text: `${control}\n` } };
    for (const [path, { text, mode = 0o644 }] of Object.entries(all)) {
      mkdirSync(dirname(join(contents, path)), { recursive: true });
      writeFileSync(join(contents, path), text, { mode });
    }
    mkdirSync(join(contents, 'usr/bin'), { recursive: true });
    cpSync(program, join(contents, 'usr/bin', name));
    const file = `${name}_${packageVersion(version)}_amd64.deb`;
    // Little compression: what is packed once a minor is unpacked on every host.
    await run('dpkg-deb', ['-Zgzip', '-z1', '--root-owner-group', '--build', contents, join(folder, file)], { signal });
    return `${control}\nFilename: ${file}\nSize: ${statSync(join(folder, file)).size}\nSHA256: ${sha256(readFileSync(join(folder, file)))}\n`;
  } finally {
    rmSync(contents, { recursive: true });
  }
}

function releaseFile(index: string): string {
  const date = new Date().toUTCString().replace('GMT', '+0000');
  return `Suite: stable\nDate: ${date}\nSHA256:\n ${sha256(index)} ${Buffer.byteLength(index)} Packages\n`;
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
