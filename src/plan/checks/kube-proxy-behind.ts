import { LOOKS } from '../../cluster/looks.ts';
import { compareVersions, formatVersion } from '../../version/kubernetes-version.ts';
import { bringingKubeProxyTo } from '../kube-proxy.ts';
import { apiservers } from '../scope.ts';
import type { Check } from './check.ts';

/**
 * kubeadm upgrades the DaemonSet of kube-proxy last, once every kube-apiserver has the version. Where it was interrupted
 * right before, nothing but kube-proxy shows it, and a plan whose control plane is through would not go back for it.
 */
export const kubeProxyBehind: Check = {
  code: 'KUBE_PROXY_BEHIND',
  ok: 'kube-proxy has the version of the control plane, or gets it with this plan.',
  needs: [LOOKS.pods],
  look: ({ standing, draft }) => {
    const [oldest] = apiservers(standing).sort(compareVersions);
    const proxies = standing.components.filter(({ kind }) => kind === 'kube-proxy').map(({ version }) => version);
    const behind = proxies.filter(version => oldest !== undefined && compareVersions(version, oldest) < 0);
    const comesWithIt = draft.hops.some(({ stages }) =>
      stages.some(({ passes }) => passes.some(({ phase }) => phase === 'control-plane')),
    );
    const [first] = behind.sort(compareVersions);
    if (!oldest || !first || comesWithIt) return [];
    const version = formatVersion(oldest);
    return [
      {
        code: 'KUBE_PROXY_BEHIND',
        severity: 'warn',
        sentence:
          `kube-proxy runs ${formatVersion(first)}, and the control plane ${version}: the kubeadm that upgraded it was ` +
          'interrupted before its last step, or kube-proxy is kept by something else. This plan leaves it so.',
        remedy: bringingKubeProxyTo(oldest),
      },
    ];
  },
};
