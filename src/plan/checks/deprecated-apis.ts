import { LOOKS } from '../../cluster/looks.ts';
import type { DeprecatedApiView } from '../../cluster/snapshot.ts';
import { formatMinor, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Check } from './check.ts';
import { granting } from './granting.ts';
import { counted, listed } from './wording.ts';

/**
 * API versions that somebody uses and that the target no longer serves (kubernetes.io: deprecation-guide). A warning:
 * the metric keeps what was asked for once until the API server starts anew, so that nobody could settle a block.
 */
export const deprecatedApis: Check = {
  code: 'DEPRECATED_API',
  ok: 'Nobody has asked the API server that answered for an API that this plan removes.',
  needs: [LOOKS.deprecatedApis],
  look: ({ snapshot, draft }) =>
    snapshot.deprecatedApis
      .filter(({ removedIn }) => minorsBetween(removedIn, draft.to) <= 0)
      .map(api => ({
        code: 'DEPRECATED_API',
        severity: 'warn',
        sentence:
          `Somebody uses ${api.resource} in ${api.group}/${api.version}, which ${formatMinor(api.removedIn)} no longer ` +
          `serves: ${writersOf(api)}.`,
        remedy: `${MOVE}${grantingTo(api)}`,
      })),
};

const MOVE =
  'Move these clients to a version that stays and write the objects once more with it. Who only reads is found in the ' +
  'audit log, by the annotation k8s.io/removed-release.';

function grantingTo({ writers }: DeprecatedApiView): string {
  return writers.kind === 'unseen' && writers.lacks ? ` ${granting(writers.lacks)}` : '';
}

function writersOf({ writers: seen }: DeprecatedApiView): string {
  if (seen.kind === 'unseen') return `who does could not be told, because ${seen.why}`;
  const { writers, complete } = seen;
  if (writers.length === 0) return `no object was last written in it${complete ? '' : AMONG}, so it was read`;
  const names = listed(writers.map(({ object, manager }) => `${object} (by ${manager})`));
  if (complete) return `last written in it are ${names}`;
  const objects = new Set(writers.map(({ object }) => object)).size;
  return `last written in it are at least ${counted(objects, 'object')}${AMONG}, and perhaps more: ${names}`;
}

/** There are more objects than a plan reads. */
const AMONG = ' among those looked through';
