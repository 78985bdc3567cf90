import type { Check } from './check.ts';
import { type Reported, shortOf } from './requirements.ts';

const KERNEL: Reported = {
  code: 'KERNEL_TOO_OLD',
  what: 'kernel',
  thing: 'a kernel',
  versionOf: ({ os, kernel }) => (os === 'windows' ? undefined : kernel),
  remedy: (_wanted, source) =>
    `Upgrade the hosts, or make sure that their distribution has brought what is needed to its kernel (${source}).`,
};

export const kernel: Check = {
  code: KERNEL.code,
  ok: 'Kernels are new enough for the kubelets of this plan.',
  needs: [],
  look: context => shortOf(KERNEL, context),
};
