/**
 * Who may import whom: one way, from the composition root down to the core. The table is the rule; everything that it
 * does not name is forbidden. `CONTRIBUTING.md` shows the same table to people.
 *
 * Needs TypeScript 6: with 7 this tool finds no module at all and passes, so `test/unit/structure` counts the modules.
 */
const CORE = ['version', 'command', 'cluster', 'policy', 'plan', 'drain', 'approval', 'run'];
const ADAPTERS = ['slack', 'queue', 'store', 'kubernetes', 'releases', 'prometheus'];

const mayImport = {
  version: [],
  // A command carries the request of a plan: that one file and nothing else of `plan`. Durations and selectors are written
  // as in the policy.
  command: ['version', 'plan/request.ts', 'policy/notation.ts'],
  cluster: ['version'],
  policy: ['version', 'cluster'],
  plan: ['version', 'cluster', 'policy'],
  drain: ['cluster'],
  approval: ['plan', 'policy'],
  run: ['version', 'plan', 'approval'],
  app: CORE,
  cli: CORE,
  ...Object.fromEntries(ADAPTERS.map(adapter => [adapter, ['app', ...CORE]])),
  // How Redis is connected to, for the two that live in it.
  redis: ['app'],
  queue: ['app', 'redis', ...CORE],
  store: ['app', 'redis', ...CORE],
  // The policy file is read here; whoever mistypes one of its keys is told which was probably meant. Settings hold keys to
  // sign and verify with, which are looked at before anything is started.
  runtime: ['policy', 'command/nearest.ts', 'approval/signing.ts'],
  wiring: [...CORE, 'app', 'cli', 'runtime', 'redis', ...ADAPTERS],
  demo: ['.*'],
};

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing'} of the sources, and itself.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(src|test|scripts)/',
    pathNot: [folder, ...allowed].map(name => `^src/${name}${name.endsWith('.ts') ? '$' : '/'}`),
  },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'known-folders',
      comment: 'Every folder of src has its line in the table; only main.ts lies beside them.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(main\\.ts$|(${Object.keys(mayImport).join('|')})/)` },
      to: {},
    },
    {
      name: 'core-is-pure',
      comment:
        'The core holds no SDK and nothing of the machine. Hashes, signatures and edit distances are arithmetic: four files may take them from outside.',
      severity: 'error',
      from: {
        path: `^src/(${CORE.join('|')})/`,
        pathNot: '^src/(plan/digest|policy/fingerprint|approval/signing|command/nearest)\\.ts$',
      },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'core-hashes-only',
      comment: 'Digest, fingerprint and signing use node:crypto and nothing else from outside.',
      severity: 'error',
      from: { path: '^src/(plan/digest|policy/fingerprint|approval/signing)\\.ts$' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^(node:)?crypto$',
      },
    },
    {
      name: 'core-measures-words-only',
      comment: 'The guess at a mistyped word uses the edit distance and nothing else from outside.',
      severity: 'error',
      from: { path: '^src/command/nearest\\.ts$' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/fastest-levenshtein/',
      },
    },
    {
      name: 'wiring-belongs-to-main',
      comment: 'Only the composition root puts the parts together.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|wiring/|demo/)' },
      to: { path: '^src/wiring/' },
    },
    {
      name: 'main-is-the-top',
      comment: 'Nothing imports the composition root.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'demo-stays-outside',
      comment: 'The product never leans on its stand-ins; main.ts loads them only for `capstan demo`.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|demo/)' },
      to: { path: '^src/demo/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that run each other cannot be understood alone. (Types that name each other are erased.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      comment: 'An import that leads nowhere would also hide what it was meant to import.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'An installation without development packages must run; only the demo may use them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demo/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
