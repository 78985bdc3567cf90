import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';

/** kubeadm's certificates live a year (kubernetes.io: kubeadm-certs). */
const SOON_MS = 30 * 24 * 3_600_000;

/** The one certificate that is seen from here; the files are looked at on the hosts. */
export const certificates: Check = {
  code: 'CERTIFICATE_EXPIRES',
  ok: 'The certificate that the API server shows does not end soon.',
  needs: [],
  look: ({ snapshot: { servingCertificateEnds: ends }, draft }) => {
    if (ends === undefined) return [UNSEEN];
    if (ends - draft.createdAt > SOON_MS) return [];
    const renewed = draft.hops.some(({ stages }) =>
      stages.some(({ passes }) => passes.some(({ phase }) => phase === 'control-plane')),
    );
    return [
      {
        code: 'CERTIFICATE_EXPIRES',
        severity: 'warn',
        sentence: `The certificate that the API server shows ends on ${new Date(ends).toISOString().slice(0, 10)}.`,
        remedy: renewed
          ? 'kubeadm renews its certificates as it upgrades the control plane; do not wait longer than that.'
          : 'Run `kubeadm certs renew all` on the control-plane nodes: this plan does not renew it.',
      },
    ];
  },
};

/** Nobody can mend it, and the hosts are asked for theirs in any case. */
const UNSEEN: Finding = {
  code: 'CERTIFICATE_EXPIRES',
  severity: 'ok',
  sentence: 'The certificate of the API server was not seen: it is talked to without TLS, or by way of a proxy.',
  remedy: '',
};
