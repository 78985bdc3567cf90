import type { PrometheusQuery } from '../../policy/policy.ts';
import { createBell } from '../bell.ts';
import type { Gate, Verdict } from './gate.ts';

/** What a query answered now. */
export type QueryAnswer =
  /** In Prometheus's notation, such as `{alertname="X"} 1`; none is what a gate wants. */
  | { readonly kind: 'samples'; readonly samples: readonly string[] }
  /** A clause. */
  | { readonly kind: 'failed'; readonly why: string };

export interface MetricQueries {
  /** Never throws but the signal's reason: whoever cannot be asked has not said that all is well. */
  ask(query: string, signal: AbortSignal): Promise<QueryAnswer>;
}

/** Prometheus tells nobody when something changes; what it knows is as old as its last scrape, usually a quarter minute. */
const ASK_AGAIN_MS = 15_000;

/** Every query returns nothing: each is written so that it finds what is wrong, as alerts are. */
export function prometheusGate(queries: readonly PrometheusQuery[], metrics: MetricQueries): Gate {
  let answers: ReadonlyMap<string, QueryAnswer> | undefined;
  return {
    name: 'prometheus',
    remedy: 'Look at what these queries return, then retry.',
    async watch(changed, signal) {
      const bell = createBell();
      for (;;) {
        const asked = queries.map(async ({ name, query }) => [name, await metrics.ask(query, signal)] as const);
        answers = new Map(await Promise.all(asked));
        changed();
        await bell.next(ASK_AGAIN_MS, signal);
      }
    },
    verdict: () => (answers ? prometheusVerdict(answers) : { kind: 'closed', why: 'Prometheus has not answered yet' }),
  };
}

function prometheusVerdict(answers: ReadonlyMap<string, QueryAnswer>): Verdict {
  const bad = [...answers].flatMap(([name, answer]) => badWords(name, answer));
  return bad.length === 0 ? { kind: 'open' } : { kind: 'closed', why: bad.join('; ') };
}

function badWords(name: string, answer: QueryAnswer): string[] {
  if (answer.kind === 'failed') return [`Prometheus does not answer "${name}": ${answer.why}`];
  const [first, ...more] = answer.samples;
  if (first === undefined) return [];
  return [`Prometheus says "${name}": ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`];
}
