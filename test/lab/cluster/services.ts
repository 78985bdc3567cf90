import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../support/command.ts';
import { pathHere } from './kept.ts';
import {
  API_PORT,
  controlPlanesOf,
  GATEWAY,
  type Host,
  type Places,
  REPOSITORY_PORT,
  SERVICES_GROUP,
} from './layout.ts';
import { inNetwork } from './network.ts';
import { repositoryPath } from './packages.ts';
import { startDetached } from './process.ts';

/** What serves the hosts from the address of their router: packages, and the API where there are several servers. */

/** `repositories`: a folder for each minor. */
export function servePackages(places: Places, repositories: ReadonlyMap<string, string>): void {
  const served = join(places.folder, 'packages');
  for (const [minor, folder] of repositories) {
    const path = join(served, repositoryPath(minor));
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(folder, path);
  }
  start(places, 'packages', ['busybox', 'httpd', '-f', '-p', `${GATEWAY}:${REPOSITORY_PORT}`, '-h', served]);
}

export async function balanceApi(places: Places, hosts: readonly Host[]): Promise<void> {
  const settings = join(places.folder, 'haproxy.cfg');
  writeFileSync(settings, balancerSettings(controlPlanesOf(hosts)));
  await run('haproxy', ['-c', '-q', '-f', settings]);
  start(places, 'balancer', ['haproxy', '-W', '-db', '-f', settings]);
}

function start(places: Places, name: string, command: readonly string[]): void {
  const [program = '', ...args] = inNetwork(...command);
  startDetached(join(places.logs, `${name}.log`), pathHere('in-groups.sh'), [SERVICES_GROUP, program, ...args]);
}

/**
 * TLS passes through to the servers. Each is asked twice a second whether it is ready: one that says no loses its
 * connections, so that clients go to another. An API server whose etcd is being replaced keeps them open for most of a
 * minute and answers nothing in time: kubelets that stayed with it would renew no lease, and their nodes were NotReady,
 * their pods with them. One that does not answer at all loses them after five seconds.
 */
export function balancerSettings(servers: readonly Host[]): string {
  const check = 'check check-ssl verify none inter 500ms fall 2 rise 2 on-marked-down shutdown-sessions';
  const silence = 'tcp-ut 5s';
  return `global
  maxconn 4096

defaults
  mode tcp
  timeout connect 1s
  timeout check 2s
  # Watches are quiet for minutes.
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  retries 3
  option redispatch 1
  option srvtcpka
  srvtcpka-idle 2s
  srvtcpka-intvl 1s
  srvtcpka-cnt 3

frontend api
  bind ${GATEWAY}:${API_PORT}
  default_backend servers

backend servers
  balance leastconn
  option httpchk GET /readyz
  http-check expect status 200
  default-server ${check} ${silence}
${servers.map(({ name, address }) => `  server ${name} ${address}:${API_PORT}`).join('\n')}
`;
}
