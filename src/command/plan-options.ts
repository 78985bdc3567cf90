import type { PlanRequest } from '../plan/request.ts';
import { NODES_FORM, POOL_FORM } from './forms.ts';
import { quoted } from './nearest.ts';

interface Given {
  readonly pool: string | undefined;
  readonly nodes: string | undefined;
  readonly fewestDrains: boolean;
}

type Options = Pick<PlanRequest, 'pool' | 'nodes' | 'fewestDrains'>;

/** What was said about which nodes a plan is for, or the sentence that helps. */
export function planOptions({ pool, nodes, fewestDrains }: Given): Options | { readonly sentence: string } {
  if (pool !== undefined && nodes !== undefined) {
    return { sentence: '--pool and --nodes both say which nodes are meant: write one of them.' };
  }
  if (pool !== undefined && !POOL_FORM.test(pool)) {
    return { sentence: `--pool takes the name of a pool, or label=value, not ${quoted(pool)}.` };
  }
  if (nodes !== undefined && !NODES_FORM.test(nodes)) {
    return { sentence: `--nodes takes names of nodes, separated by commas, not ${quoted(nodes)}.` };
  }
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(nodes === undefined ? {} : { nodes: [...new Set(nodes.split(','))].sort() }),
    ...(fewestDrains ? { fewestDrains } : {}),
  };
}
