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
    ...(onPath('go', environment) || existsSync('/usr/local/go/bin/go') ? [] : ['Go 1.26']),
    ...Object.entries({ ...TOOLS, ...more })
      .filter(([tool]) => !onPath(tool, environment))
      .map(([tool, origin]) => `${tool} on the PATH (${origin})`),
  ];
}

function onPath(name: string, environment: Environment): boolean {
  return (environment.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
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
