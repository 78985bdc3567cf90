import { fileURLToPath } from 'node:url';
import { type Measured, runNode } from './measured-process.ts';
import { median, type Report, round, type Side, type Verdict } from './side.ts';

const CAPSTAN = fileURLToPath(new URL('../bin/capstan.js', import.meta.url));
const PLAIN = fileURLToPath(new URL('plain-client.ts', import.meta.url));
/** What client-go and kubectl ask for. */
const PLAIN_PAGE = '500';
const ROUNDS = 3;
const MOST_RATIO = 1.1;
const MOST_MIB = 256;
/** `capstan plan` ends with 2 where something blocks the plan. */
const PLANNED = [0, 2];

interface Round {
  readonly plan: Figures;
  readonly plain: Figures;
}

type Figures = Omit<Measured, 'stdout'>;

/** `capstan plan` from start to end, and a plain client on the same API server, in turn. */
export const reading: Side = {
  name: 'reading and planning, from a real API server',
  missing: () => (kubeconfig() ? undefined : 'name the kubeconfig of a cluster as CAPSTAN_BENCH_KUBECONFIG'),
  async measure() {
    const file = kubeconfig() ?? '';
    const rounds: Round[] = [];
    let objects = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { stdout: _, ...plan } = await runNode(
        [CAPSTAN, 'plan', 'next', '-o', 'json', '--kubeconfig', file],
        PLANNED,
      );
      const { stdout, ...plain } = await runNode([PLAIN, file, PLAIN_PAGE]);
      ({ objects } = JSON.parse(stdout) as { readonly objects: number });
      rounds.push({ plan, plain });
    }
    return report(rounds, objects);
  },
};

function kubeconfig(): string | undefined {
  return process.env.CAPSTAN_BENCH_KUBECONFIG || undefined;
}

function report(rounds: readonly Round[], objects: number): Report {
  const row = (name: string, of: (each: Round) => Figures): (string | number)[] => [
    name,
    round(median(rounds.map(each => of(each).wallMs)) / 1_000, 1),
    round(Math.min(...rounds.map(each => of(each).wallMs)) / 1_000, 1),
    round(median(rounds.map(each => of(each).cpuMs)) / 1_000, 1),
    round(Math.max(...rounds.map(each => of(each).peakMiB))),
  ];
  return {
    columns: [`${objects} nodes and pods`, 'median s', 'best s', 'CPU s', 'peak MiB'],
    rows: [row('capstan plan', each => each.plan), row(`plain client, pages of ${PLAIN_PAGE}`, each => each.plain)],
    verdicts: verdicts(rounds),
    figures: { objects, rounds },
  };
}

function verdicts(rounds: readonly Round[]): Verdict[] {
  const ratio = median(rounds.map(({ plan, plain }) => plan.wallMs / plain.wallMs));
  const peak = Math.max(...rounds.map(({ plan }) => plan.peakMiB));
  return [
    {
      target: `at most ${MOST_RATIO} x as long as a plain client`,
      seen: `${round(ratio, 2)} x (median of ${rounds.length} rounds)`,
      met: ratio <= MOST_RATIO,
    },
    { target: `less than ${MOST_MIB} MiB at its peak`, seen: `${round(peak)} MiB`, met: peak < MOST_MIB },
  ];
}
