import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const CONFIG = join(ROOT, '.dependency-cruiser.cjs');

/** A tree in which every import is allowed. Each planted import below breaks it in one place. */
const ALLOWED: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module", "dependencies": { "bullmq": "1" }, "devDependencies": { "toy": "1" } }',
  'node_modules/bullmq/package.json': '{ "name": "bullmq", "version": "1.0.0", "main": "index.js" }',
  'node_modules/bullmq/index.js': '',
  'node_modules/toy/package.json': '{ "name": "toy", "version": "1.0.0", "main": "index.js" }',
  'node_modules/toy/index.js': '',
  'src/version/version.ts': 'export const v = 1;',
  'src/command/parse.ts': "import type { R } from '../plan/request.ts'; export type P = R;",
  'src/plan/request.ts': "import { v } from '../version/version.ts'; export type R = typeof v; export const r = v;",
  'src/plan/plan.ts': "import { r } from './request.ts'; export const p = r;",
  'src/plan/digest.ts': "import { createHash } from 'node:crypto'; export const d = createHash;",
  'src/cluster/snapshot.ts': "import { v } from '../version/version.ts'; export const s = v;",
  'src/cluster/pods.ts': "import type { Y } from './nodes.ts'; export type X = Y | 1;",
  'src/cluster/nodes.ts': "import type { X } from './pods.ts'; export type Y = X | 2;",
  'src/drain/drain.ts': "import { s } from '../cluster/snapshot.ts'; export const d = s;",
  'src/approval/approval.ts': "import { p } from '../plan/plan.ts'; export const a = p;",
  'src/run/run.ts': "import { a } from '../approval/approval.ts'; export const r = a;",
  'src/app/ports.ts': "import { r } from '../run/run.ts'; export const port = r;",
  'src/cli/text.ts': "import { p } from '../plan/plan.ts'; export const t = p;",
  'src/queue/queue.ts': "import 'bullmq'; import { port } from '../app/ports.ts'; export const q = port;",
  'src/store/store.ts': "import { port } from '../app/ports.ts'; export const s = port;",
  'src/slack/slack.ts': "import { port } from '../app/ports.ts'; export const s = port;",
  'src/kubernetes/kubernetes.ts': "import { port } from '../app/ports.ts'; export const k = port;",
  'src/runtime/logger.ts': 'export const l = 1;',
  'src/wiring/bot.ts':
    "import '../queue/queue.ts'; import '../slack/slack.ts'; import '../runtime/logger.ts'; export const b = 1;",
  'src/demo/demo.ts': "import 'toy'; import '../wiring/bot.ts'; export const d = 1;",
  'src/main.ts': "import './wiring/bot.ts'; void import('./demo/demo.ts');",
};

const PLANTED: readonly { file: string; text: string; rule: string }[] = [
  { file: 'src/version/x.ts', text: "import '../plan/plan.ts';", rule: 'version-imports' },
  { file: 'src/command/x.ts', text: "import '../plan/plan.ts';", rule: 'command-imports' },
  { file: 'src/cluster/x.ts', text: "import '../plan/plan.ts';", rule: 'cluster-imports' },
  { file: 'src/plan/x.ts', text: "import type { a } from '../approval/approval.ts';", rule: 'plan-imports' },
  { file: 'src/drain/x.ts', text: "import '../run/run.ts';", rule: 'drain-imports' },
  { file: 'src/approval/x.ts', text: "import '../run/run.ts';", rule: 'approval-imports' },
  { file: 'src/run/x.ts', text: "import '../app/ports.ts';", rule: 'run-imports' },
  { file: 'src/app/x.ts', text: "import '../store/store.ts';", rule: 'app-imports' },
  { file: 'src/cli/x.ts', text: "import '../app/ports.ts';", rule: 'cli-imports' },
  { file: 'src/queue/x.ts', text: "import '../store/store.ts';", rule: 'queue-imports' },
  { file: 'src/store/x.ts', text: "import '../slack/slack.ts';", rule: 'store-imports' },
  { file: 'src/slack/x.ts', text: "import type { k } from '../kubernetes/kubernetes.ts';", rule: 'slack-imports' },
  { file: 'src/kubernetes/x.ts', text: "import '../queue/queue.ts';", rule: 'kubernetes-imports' },
  { file: 'src/runtime/x.ts', text: "import '../version/version.ts';", rule: 'runtime-imports' },
  { file: 'src/wiring/x.ts', text: "void import('../demo/demo.ts');", rule: 'demo-stays-outside' },
  { file: 'src/utils/x.ts', text: "import '../version/version.ts';", rule: 'known-folders' },
  { file: 'src/run/clock.ts', text: "import 'node:timers';", rule: 'core-is-pure' },
  { file: 'src/plan/job.ts', text: "import 'bullmq';", rule: 'core-is-pure' },
  { file: 'src/approval/signing.ts', text: "import 'node:fs';", rule: 'core-hashes-only' },
  { file: 'src/command/nearest.ts', text: "import 'bullmq';", rule: 'core-measures-words-only' },
  { file: 'src/slack/y.ts', text: "import '../wiring/bot.ts';", rule: 'wiring-belongs-to-main' },
  { file: 'src/demo/y.ts', text: "import '../main.ts';", rule: 'main-is-the-top' },
  { file: 'src/store/y.ts', text: "import '../demo/demo.ts';", rule: 'demo-stays-outside' },
  { file: 'src/cluster/y.ts', text: "import '../cluster/y.ts';", rule: 'no-cycles' },
  { file: 'src/drain/y.ts', text: "import './nowhere.ts';", rule: 'nothing-unresolved' },
  { file: 'src/store/z.ts', text: "import 'toy';", rule: 'no-development-packages' },
];

describe('the import rule', () => {
  test('allows what the table allows', async () => {
    const { green, broken, modules } = await cruise(ALLOWED);
    expect(broken).toEqual([]);
    expect(green).toBe(true);
    expect(modules).toBeGreaterThanOrEqual(18);
  });

  test('goes red for every import that the table does not allow, naming the rule', async () => {
    const planted = Object.fromEntries(PLANTED.map(({ file, text }) => [file, `${text} export const x = 1;`]));
    const { green, broken } = await cruise({ ...ALLOWED, ...planted });
    expect(green).toBe(false);
    for (const { file, rule } of PLANTED) expect(broken).toContain(`${rule} ${file}`);
  });

  test('holds for the sources, with every module seen', async () => {
    const { broken, modules } = await cruiseAt(ROOT);
    expect(broken).toEqual([]);
    expect(modules).toBeGreaterThan(30);
  });
});

interface Cruised {
  /** False where the command that CI runs would have failed. */
  readonly green: boolean;
  /** `rule file`, one for each violation. */
  readonly broken: readonly string[];
  /** How many files of `src` were looked at. */
  readonly modules: number;
}

async function cruise(files: Readonly<Record<string, string>>): Promise<Cruised> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-imports-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return await cruiseAt(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the tool as `npm run imports` does, for its verdict (an exit code), and beside it for its findings as JSON. */
async function cruiseAt(folder: string): Promise<Cruised> {
  const [verdict, findings] = await Promise.all([run(folder, 'err'), run(folder, 'json')]);
  const { modules, summary } = JSON.parse(findings.stdout) as {
    modules: { source: string }[];
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return {
    green: verdict.code === 0,
    broken: summary.violations.map(({ rule, from }) => `${rule.name} ${from}`),
    modules: modules.filter(({ source }) => source.startsWith('src/')).length,
  };
}

function run(folder: string, output: 'err' | 'json'): Promise<{ code: number | string; stdout: string }> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [CRUISER, '--config', CONFIG, '--output-type', output, 'src'],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => resolve({ code: error?.code ?? 0, stdout }),
    );
  });
}
