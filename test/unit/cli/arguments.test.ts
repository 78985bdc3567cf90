import {
  CLUSTER_OPTIONS,
  type CliOption,
  helpLines,
  OUTPUT_OPTION,
  readArguments,
} from '../../../src/cli/arguments.ts';

const OPTIONS: readonly CliOption[] = [
  { name: 'only', value: 'control-plane|workers', values: ['control-plane', 'workers'], does: 'leaves the others' },
  { name: 'quiet', value: undefined, does: 'says less' },
  { name: 'force', value: undefined, canBeFalse: true, does: 'insists' },
  ...CLUSTER_OPTIONS,
  OUTPUT_OPTION,
];

const NEEDS = '--only needs a value: --only control-plane|workers (leaves the others).';

describe('what stands behind a command', () => {
  it.each<[string, string[], string[], Record<string, string>]>([
    ['nothing', [], [], {}],
    ['a word', ['1.37'], ['1.37'], {}],
    ['a value behind its option', ['--only', 'workers'], [], { only: 'workers' }],
    ['a value that is attached', ['--only=workers', '1.37'], ['1.37'], { only: 'workers' }],
    ['a short option', ['-o', 'json'], [], { output: 'json' }],
    ['a short option with its value attached', ['-ojson'], [], { output: 'json' }],
    ['a switch', ['--quiet', '1.37'], ['1.37'], { quiet: 'true' }],
    ['a switch that can be turned off', ['--force=false'], [], { force: 'false' }],
    ['one that is on', ['--force'], [], { force: 'true' }],
    ['a value that begins with a hyphen, attached', ['--context=--odd'], [], { context: '--odd' }],
    ['words behind --', ['--', '--only'], ['--only'], {}],
  ])('is read: %s', (_what, args, words, values) => {
    expect(readArguments(args, OPTIONS)).toEqual({ kind: 'read', words, values: new Map(Object.entries(values)) });
  });

  it.each([
    [['--kubeconifg', 'x'], 'There is no option --kubeconifg. Did you mean --kubeconfig?'],
    [
      ['--wait'],
      'There is no option --wait. There are --only, --quiet, --force, --kubeconfig, --context, --output, --help.',
    ],
    [['-x'], 'There is no option -x. There are --only, --quiet, --force, --kubeconfig, --context, --output, --help.'],
    [['--only'], NEEDS],
    [['--only', '--quiet'], NEEDS],
    [['--only='], NEEDS],
    [['--only', 'masters'], '--only takes control-plane or workers, not "masters".'],
    [['-o', 'yaml'], '-o takes text or json, not "yaml".'],
    [['--quiet=yes'], '--quiet takes no value.'],
    [['--force=yes'], '--force takes no value but false: --force=false.'],
    [['--context', 'a', '--context', 'b'], '--context stands there twice.'],
  ])('%j is answered with a sentence of our own', (args, sentence) => {
    expect(readArguments(args, OPTIONS)).toEqual({ kind: 'error', sentence });
  });

  it('an option that other tools have is answered with what to write instead', () => {
    const sentence = 'There is no option --dry-run. Leave it out.';
    expect(readArguments(['--dry-run'], OPTIONS, { 'dry-run': 'Leave it out.' })).toEqual({ kind: 'error', sentence });
  });

  it.each([[['--help']], [['-h']], [['1.37', '--nonsense', '--help']]])('%j asks for help', args => {
    expect(readArguments(args, OPTIONS)).toEqual({ kind: 'help' });
  });
});

it('help shows usage, purpose, and every option in a table', () => {
  expect(helpLines('capstan look [options]', ['Looks.'], [CLUSTER_OPTIONS[1] as CliOption, OUTPUT_OPTION])).toBe(
    [
      'capstan look [options]',
      '',
      'Looks.',
      '',
      '      --context NAME      the context of the kubeconfig; without it, the current one',
      '  -o, --output text|json  text for people (the default), or JSON for scripts',
      '  -h, --help              this text',
      '',
    ].join('\n'),
  );
});
