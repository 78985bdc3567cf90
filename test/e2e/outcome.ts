/** What jest writes with --json, as far as it is read here. */
export interface JestResults {
  readonly testResults: readonly {
    readonly name: string;
    /** Why the file could not be run, or could not be ended. */
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export interface Outcome {
  readonly passed: number;
  /** A sentence each. */
  readonly failures: readonly string[];
  /** Cases that a server offered no means for, a sentence each. */
  readonly leftOut: readonly string[];
  /** Cases of the contract that ran on every server, and came out alike. */
  readonly alike: number;
}

/** What was to be run: everything, a part that somebody chose, or what a cluster that has not all that ours have can show. */
export type Scope = 'all' | 'some' | 'existing';

const CONTRACT = 'the contract, on ';
const SIMULATED = 'the simulated cluster';

/** Nothing that was not run counts as well: neither a test, nor a file, nor a case of the contract on one server only. */
export function outcomeOf({ testResults }: JestResults, scope: Scope): Outcome {
  const failures: string[] = [];
  const leftOut: string[] = [];
  const servers = new Map<string, Map<string, string>>();
  let passed = 0;
  for (const { name, message, status, assertionResults } of testResults) {
    // Nor did one whose tests all passed, and whose last hook failed: it may have left something behind.
    if (status === 'failed' && !assertionResults.some(({ status: result }) => result === 'failed'))
      failures.push(`${name} could not be run to its end: ${firstLine(message)}`);
    for (const { ancestorTitles, title, status: result } of assertionResults) {
      const [first = '', ...others] = ancestorTitles;
      const what = [...others, title].join(' › ');
      if (result === 'pending' && scope === 'some') continue;
      if (result === 'pending' && scope === 'existing') {
        leftOut.push(what);
        continue;
      }
      if (first.startsWith(CONTRACT)) remember(servers, first.slice(CONTRACT.length), what, result);
      if (result === 'passed') passed += 1;
      else failures.push(`${result === 'failed' ? 'failed' : `not run (${result})`}: ${first} › ${what}`);
    }
  }
  const { alike, differences } = compare(servers, scope, new Set(leftOut));
  // A case that failed on one of the servers is told once, as a difference.
  const alone = failures.filter(failure => ![...differences.keys()].some(name => failure.endsWith(` › ${name}`)));
  return { passed, failures: [...alone, ...differences.values()], leftOut, alike };
}

function remember(servers: Map<string, Map<string, string>>, server: string, what: string, result: string): void {
  const cases = servers.get(server) ?? new Map<string, string>();
  servers.set(server, cases.set(what, result));
}

/** Every real server with the simulated one. */
function compare(
  servers: ReadonlyMap<string, ReadonlyMap<string, string>>,
  scope: Scope,
  leftOut: ReadonlySet<string>,
) {
  const simulated = servers.get(SIMULATED) ?? new Map<string, string>();
  const others = [...servers].filter(([name]) => name !== SIMULATED);
  // Whoever chose the simulated server alone asked for no comparison.
  if (others.length === 0 && scope === 'some') return { alike: 0, differences: new Map<string, string>() };
  const real = others.length > 0 ? others : [['a real server', new Map<string, string>()] as const];
  const names = [...new Set([...servers.values()].flatMap(cases => [...cases.keys()]))].filter(
    name => !leftOut.has(name),
  );
  const result = (on: ReadonlyMap<string, string>, name: string) => on.get(name) ?? 'not run';
  const differences = new Map<string, string>();
  for (const name of names) {
    const different = real.filter(([, cases]) => result(cases, name) !== result(simulated, name));
    if (different.length === 0) continue;
    const seen = different.map(([server, cases]) => `${result(cases, name)} on ${server}`).join(', ');
    differences.set(name, `the servers differ: ${name}: ${result(simulated, name)} on ${SIMULATED}, ${seen}`);
  }
  const alike = names.length - differences.size;
  if (names.length === 0 && scope !== 'some') differences.set('', 'no case of the contract was run');
  return { alike, differences };
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find(line => line.trim() !== '' && !line.includes('●'))
      ?.trim() ?? 'no reason was given'
  );
}
