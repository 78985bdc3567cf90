import type { Hop, Phase } from '../plan.ts';
import type { Check } from './check.ts';
import { counted } from './wording.ts';

/** What only a host can answer. */
interface HostQuestion {
  readonly code: string;
  /** The name by which the host's preflight (upgrade.sh) asks it, and by which a policy can have the answer ignored. */
  readonly name: string;
  /** Begins with "Whether". */
  readonly words: string;
  /** Names of the nodes on which it is asked. */
  hostsOf(hops: readonly Hop[]): ReadonlySet<string>;
}

/** A check that leaves its question to the preflight of each host, before that is touched. */
export function deferred({ code, name, words, hostsOf }: HostQuestion): Check {
  return {
    code,
    ok: `Nothing in this plan depends on it: ${words.replace('Whether', 'whether')}.`,
    needs: [],
    look({ draft }) {
      const { size } = hostsOf(draft.hops);
      if (size === 0) return [];
      const ignored = draft.driver.ignorePreflightErrors.find(each => each === name || each === 'all');
      return [
        {
          code,
          severity: 'deferred',
          sentence: `${words} is asked on ${counted(size, 'host')}, on each before it is touched.`,
          remedy:
            ignored === undefined
              ? 'Nothing to do now: a bad answer halts the run there.'
              : `The policy has a bad answer ignored (driver.ignorePreflightErrors: ${ignored}): make sure of it yourself.`,
        },
      ];
    },
  };
}

/** Those on which the plan has one of these phases; all that it touches where none is named. */
export function hostsIn(hops: readonly Hop[], ...phases: readonly Phase[]): ReadonlySet<string> {
  const passes = hops.flatMap(({ stages }) => stages).flatMap(stage => stage.passes);
  const asked = passes.filter(({ phase }) => phases.length === 0 || phases.includes(phase));
  return new Set(asked.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
}
