import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the lab calls, by the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'package systemd-container',
  debootstrap: 'package debootstrap',
  'dpkg-deb': 'package dpkg',
  busybox: 'package busybox-static',
  haproxy: 'package haproxy',
  ip: 'package iproute2',
  nsenter: 'package util-linux',
};

const ELF = Buffer.from('\x7fELF');
const PT_INTERP = 3;

/** A host needs about thirty, and all of them count as this machine's root. */
const INOTIFY = { '/proc/sys/fs/inotify/max_user_instances': 1_024, '/proc/sys/fs/inotify/max_user_watches': 524_288 };

/** Every reason why no lab can be brought up on this machine, as words that follow "Missing:". */
export function missingHere(environment: Environment, more: Readonly<Record<string, string>> = {}): readonly string[] {
  return [
    ...(process.platform === 'linux' && process.arch === 'x64' ? [] : ['Linux on amd64']),
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...(existsSync('/sys/fs/cgroup/pids')
      ? []
      : ['control groups of version 1 (hosts with version 2 alone are not made yet)']),
    ...(pathOf('go', environment) || existsSync('/usr/local/go/bin/go') ? [] : ['Go 1.26']),
    ...Object.entries({ ...TOOLS, ...more })
      .filter(([tool]) => pathOf(tool, environment) === undefined)
      .map(([tool, origin]) => `${tool} on the PATH (${origin})`),
    ...(needsLibraries(pathOf('busybox', environment)) ? ['a busybox that needs no libraries (busybox-static)'] : []),
  ];
}

function pathOf(name: string, environment: Environment): string | undefined {
  const folder = (environment.PATH ?? '').split(delimiter).find(each => {
    try {
      accessSync(join(each, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return folder === undefined ? undefined : join(folder, name);
}

/** Whether its program headers name a dynamic linker, PT_INTERP: elf(5). */
function needsLibraries(program: string | undefined): boolean {
  if (program === undefined) return false;
  const image = readFileSync(program);
  if (!image.subarray(0, ELF.length).equals(ELF)) return false;
  const [offset, size, count] = [Number(image.readBigUInt64LE(32)), image.readUInt16LE(54), image.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => image.readUInt32LE(offset + index * size)).includes(PT_INTERP);
}

/**
 * Kubelets end where they may watch no more files, and a machine that is not made for many hosts lets root watch few.
 * What is raised here stays so until the machine starts again.
 */
export function allowWatches(): void {
  for (const [setting, least] of Object.entries(INOTIFY)) {
    if (Number(readFileSync(setting, 'utf8')) < least) writeFileSync(setting, String(least));
  }
}
