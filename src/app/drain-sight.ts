import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { PodControl } from './ports.ts';

/** What one drain sees of the cluster; undefined until it is known. */
export interface Sight {
  pods(): readonly PodView[] | undefined;
  /** The budgets that may cover these pods. */
  budgetsFor(pods: readonly PodView[]): readonly BudgetView[] | undefined;
}

interface Told {
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Watches the pods of the node, and the budgets of the namespaces whose pods leave: a cluster may have thousands of
 * others. A pod of another namespace that comes later begins another watch.
 */
export function watchDrain(node: string, control: PodControl, { changed, failed }: Told, signal: AbortSignal): Sight {
  let pods: readonly PodView[] | undefined;
  let budgets: readonly BudgetView[] | undefined;
  let namespaces: ReadonlySet<string> = new Set();
  let before = new AbortController();

  async function follow<T>(states: AsyncIterable<T>, take: (state: T) => void, until: AbortSignal): Promise<void> {
    try {
      for await (const each of states) {
        if (until.aborted) return;
        take(each);
        changed();
      }
    } catch (error) {
      if (!until.aborted) failed(error);
    }
  }

  void follow(control.watchOn(node, signal), each => (pods = each), signal);
  return {
    pods: () => pods,
    budgetsFor(leaving) {
      const needed = leaving.map(({ namespace }) => namespace);
      if (needed.every(namespace => namespaces.has(namespace))) return budgets;
      before.abort();
      before = new AbortController();
      namespaces = new Set([...namespaces, ...needed]);
      budgets = undefined;
      const until = AbortSignal.any([signal, before.signal]);
      void follow(control.watchBudgets(namespaces, until), each => (budgets = each), until);
      return undefined;
    },
  };
}
