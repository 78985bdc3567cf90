import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/command.ts';

/** Reserved for documentation (RFC 5737): kubeadm refuses a loopback address, so this stands in its place. */
const PLACEHOLDER = '192.0.2.1';

const KUBECONFIGS = ['admin', 'super-admin', 'controller-manager', 'scheduler'] as const;

export interface Credentials {
  /** The folder of all certificates and keys, laid out as kubeadm does. */
  readonly pki: string;
  /** The file of each user. */
  readonly kubeconfigs: Readonly<Record<(typeof KUBECONFIGS)[number], string>>;
}

/** Certificates and kubeconfigs of a control plane at `127.0.0.1:port`, as kubeadm's own phases write them. */
export async function writeCredentials(
  kubeadm: string,
  { folder, port, version }: { readonly folder: string; readonly port: number; readonly version: string },
): Promise<Credentials> {
  const pki = join(folder, 'pki');
  const config = join(folder, 'kubeadm.yaml');
  await writeFile(config, configuration({ port, version, pki }));
  await run(kubeadm, ['init', 'phase', 'certs', 'all', '--config', config]);
  await run(kubeadm, ['init', 'phase', 'kubeconfig', 'all', '--config', config, '--kubeconfig-dir', folder]);
  const entries = KUBECONFIGS.map(name => [name, join(folder, `${name}.conf`)] as const);
  for (const [, file] of entries) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(PLACEHOLDER, '127.0.0.1'));
  }
  return { pki, kubeconfigs: Object.fromEntries(entries) as Credentials['kubeconfigs'] };
}

/** Keys on a curve take a moment where those of RSA take seconds. */
function configuration({ port, version, pki }: { port: number; version: string; pki: string }): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: { advertiseAddress: ${PLACEHOLDER}, bindPort: ${port} }
nodeRegistration: { name: cp-0, criSocket: unix:///run/none.sock }
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: ${version}
controlPlaneEndpoint: 127.0.0.1:${port}
certificatesDir: ${pki}
encryptionAlgorithm: ECDSA-P256
apiServer: { certSANs: [127.0.0.1, localhost] }
`;
}
