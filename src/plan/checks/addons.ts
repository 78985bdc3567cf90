import { LOOKS } from '../../cluster/looks.ts';
import { formatMinor, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

const MOST = 12;

/** kubeadm upgrades CoreDNS and kube-proxy and nothing else (kubernetes.io: kubeadm-upgrade, "Upgrade the CNI provider plugin"). */
export const addons: Check = {
  code: 'ADDONS_STAY',
  ok: 'No add-on is known here that the new minor could be too new for.',
  needs: [LOOKS.pods],
  look: ({ snapshot, draft }) => {
    if (snapshot.addons.length === 0 || minorsBetween(draft.from, draft.to) === 0) return [];
    const names = snapshot.addons.map(({ kind, image, version }) => `${image} ${version} (${kind})`);
    return [
      {
        code: 'ADDONS_STAY',
        severity: 'warn',
        sentence: `kubeadm does not upgrade ${listed(names, MOST)}.`,
        remedy: `See in their own documentation that these versions support Kubernetes ${formatMinor(draft.to)}.`,
      },
    ];
  },
};
