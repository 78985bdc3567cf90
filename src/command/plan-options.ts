import type { PlanRequest } from '../plan/request.ts';
import { drainOptions, type ReadOption } from './drain-options.ts';
import { NODES_FORM, POOL_FORM } from './forms.ts';
import { quoted } from './nearest.ts';

type Options = Pick<PlanRequest, 'pool' | 'nodes' | 'fewestDrains' | 'drain'>;

/** What was said about which nodes a plan is for and how they are drained, or the sentence that helps. */
export function planOptions(read: ReadOption): Options | { readonly sentence: string } {
  const pool = read('pool');
  const nodes = read('nodes');
  if (pool !== undefined && nodes !== undefined) {
    return { sentence: '--pool and --nodes both say which nodes are meant: write one of them.' };
  }
  if (pool !== undefined && !POOL_FORM.test(pool)) {
    return { sentence: `--pool takes the name of a pool, or label=value, not ${quoted(pool)}.` };
  }
  if (nodes !== undefined && !NODES_FORM.test(nodes)) {
    return { sentence: `--nodes takes names of nodes, separated by commas, not ${quoted(nodes)}.` };
  }
  const drain = drainOptions(read);
  if ('sentence' in drain) return drain;
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(nodes === undefined ? {} : { nodes: [...new Set(nodes.split(','))].sort() }),
    ...(read('fewest-drains') === undefined ? {} : { fewestDrains: true }),
    ...(Object.keys(drain).length === 0 ? {} : { drain }),
  };
}
