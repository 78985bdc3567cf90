import { LOOKS } from '../../cluster/looks.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { granting } from './granting.ts';
import { listed } from './wording.ts';

/**
 * An approval is given to one cluster and its nodes, by their UIDs. Without them it would fit others as well: a block,
 * so that no policy can waive it.
 */
export const identity: Check = {
  code: 'IDENTITY_UNKNOWN',
  ok: 'The cluster and every node of this plan can be told from all others.',
  needs: [],
  look: context => [...ofCluster(context), ...ofNodes(context)],
};

function ofCluster({ snapshot, draft }: CheckContext): Finding[] {
  if (draft.cluster.uid !== '') return [];
  const { why = 'its UID is empty', lacks } = snapshot.unreadable.find(({ what }) => what === LOOKS.identity) ?? {};
  const remedy =
    'An approval could not be held to this cluster: see to it that the namespace can be read, then plan again.';
  return [block(`Could not read ${LOOKS.identity}: ${why}.`, lacks ? granting(lacks) : remedy)];
}

function ofNodes({ draft }: CheckContext): Finding[] {
  const passes = draft.hops.flatMap(({ stages }) => stages).flatMap(stage => stage.passes);
  const nameless = passes.flatMap(({ nodes }) => nodes.flatMap(({ name, uid }) => (uid === '' ? [name] : [])));
  if (nameless.length === 0) return [];
  return [
    block(
      `These nodes have no UID, by which an approval could be held to them: ${listed(nameless)}.`,
      'Ask the API server itself, without a proxy that leaves parts of its answers out, then plan again.',
    ),
  ];
}

function block(sentence: string, remedy: string): Finding {
  return { code: 'IDENTITY_UNKNOWN', severity: 'block', sentence, remedy };
}
