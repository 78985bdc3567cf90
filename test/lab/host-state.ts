import { inHost } from './cluster/hosts.ts';
import type { Trial } from './trial.ts';

const PACKAGES = ['kubeadm', 'kubectl', 'kubelet'];

/** How a host stands, asked from itself. */
export interface HostState {
  readonly host: string;
  /** `kubeadm 1.37.2-1.1` */
  readonly packages: readonly string[];
  /** Names of packages that apt leaves as they are. */
  readonly held: readonly string[];
  /** Names of units that were made for our work. */
  readonly units: readonly string[];
  /** Files that a work makes for itself and removes again. */
  readonly files: readonly string[];
}

export function lookAtHosts({ nodes }: Trial): Promise<readonly HostState[]> {
  return Promise.all(nodes.map(lookAtHost));
}

async function lookAtHost(host: string): Promise<HostState> {
  const asked = async (script: string) => linesOf(await inHost(host, ['sh', '-c', script]));
  // Its journals and backups are meant to stay: everything else that is ours would be forgotten.
  const forgotten = [
    'ls -A /var/lib/capstan | grep -vxE "work|lock|owner" | sed "s#^#/var/lib/capstan/#"',
    'find /etc/apt /etc/kubernetes /var/lib/etcd /root /tmp -xdev -name "*capstan*"',
  ];
  return {
    host,
    packages: await asked(`dpkg-query --show --showformat='\${Package} \${Version}\\n' ${PACKAGES.join(' ')}`),
    held: await asked('apt-mark showhold'),
    units: await asked('systemctl list-units --all --plain --no-legend "capstan-*" | cut -d" " -f1'),
    files: await asked(`{ ${forgotten.join('; ')}; } 2>/dev/null || true`),
  };
}

const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '');
