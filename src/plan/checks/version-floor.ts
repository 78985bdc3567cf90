import { formatVersion, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Check } from './check.ts';

/** The oldest minor with both a package repository of its own and policy/v1 eviction on every supported path. */
const FLOOR = { major: 1, minor: 24 };

/** Older clusters can be planned, so that people see the way, but not run. */
export const versionFloor: Check = {
  code: 'VERSION_TOO_OLD',
  ok: 'The cluster is new enough to be upgraded.',
  needs: [],
  look: ({ draft }) =>
    minorsBetween(draft.from, FLOOR) >= 0
      ? []
      : [
          {
            code: 'VERSION_TOO_OLD',
            severity: 'block',
            sentence: `The cluster runs ${formatVersion(draft.from)}; runs need 1.24 or newer, because older minors have no package repository of their own.`,
            remedy: 'Upgrade to 1.24 by hand first; the plan shows which hops that takes.',
          },
        ],
};
