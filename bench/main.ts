/**
 * `npm run bench`: measures what the design sets targets for, prints a table for each side and writes all figures as
 * JSON (`-- --json FILE`, else bench/results.json). `-- --strict` ends with 1 where a target is missed.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drain } from './drain.ts';
import { pages } from './pages.ts';
import { planning } from './planning.ts';
import { reading } from './reading.ts';
import { type Report, type Side, tableOf, verdictLines } from './side.ts';

const SIDES: readonly Side[] = [planning, reading, pages, drain];

const USAGE = `npm run bench [-- OPTIONS]

  --json FILE   where all figures go (bench/results.json)
  --strict      ends with 1 where a target is missed`;

const values = readOptions();

const machine = { cpus: availableParallelism(), model: cpus()[0]?.model.trim() ?? '', node: process.version };
const [load = 0] = loadavg();
console.log(`${machine.cpus} x ${machine.model}, Node ${machine.node}, load ${load.toFixed(1)}`);

const reports = new Map<string, Report>();
for (const side of SIDES) {
  const missing = side.missing();
  console.log(`\n${side.name}`);
  if (missing !== undefined) {
    console.log(`  left out: ${missing}`);
    continue;
  }
  const report = await side.measure();
  reports.set(side.name, report);
  console.log(`${tableOf(report)}\n${verdictLines(report.verdicts)}`);
}

const file = values.json ?? fileURLToPath(new URL('results.json', import.meta.url));
const sides = [...reports].map(([side, { figures, verdicts }]) => ({ side, verdicts, figures }));
writeFileSync(
  file,
  `${JSON.stringify({ at: new Date().toISOString(), machine: { ...machine, load }, sides }, null, 2)}\n`,
);
console.log(`\nAll figures: ${file}`);
const missed = [...reports.values()].some(({ verdicts }) => verdicts.some(({ met }) => !met));
if (values.strict && missed) process.exitCode = 1;

function readOptions() {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ options: { json: { type: 'string' }, strict: flag, help: flag } });
    if (!values.help) return values;
    console.log(USAGE);
    return process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return process.exit(1);
  }
}
