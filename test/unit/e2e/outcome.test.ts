import { type JestResults, outcomeOf } from '../../e2e/outcome.ts';

const SIMULATED = 'the contract, on the simulated cluster';
const REAL = 'the contract, on Kubernetes 1.37';
const OLDER = 'the contract, on Kubernetes 1.36';

type Row = readonly [ancestor: string, title: string, status: string];

function results(...rows: readonly Row[]): JestResults {
  const assertionResults = rows.map(([first, title, status]) => ({ ancestorTitles: [first, 'lists'], title, status }));
  return { testResults: [{ name: 'some.test.ts', message: '', status: 'passed', assertionResults }] };
}

describe('the outcome of a run on a real control plane', () => {
  it('counts what passed, and the cases that came out alike on both servers', () => {
    const seen = results([SIMULATED, 'a', 'passed'], [REAL, 'a', 'passed'], ['a run', 'ends', 'passed']);
    expect(outcomeOf(seen, 'all')).toEqual({ passed: 3, failures: [], leftOut: [], alike: 1 });
  });

  it.each<[string, Row[], RegExp[]]>([
    [
      'a case that fails on the simulated server only',
      [
        [SIMULATED, 'a', 'failed'],
        [REAL, 'a', 'passed'],
      ],
      [/^the servers differ: lists › a: failed on the simulated cluster, passed on Kubernetes 1\.37$/],
    ],
    [
      'a case that only one server has',
      [
        [SIMULATED, 'a', 'passed'],
        [SIMULATED, 'b', 'passed'],
        [REAL, 'a', 'passed'],
      ],
      [/^the servers differ: lists › b: passed on the simulated cluster, not run on Kubernetes 1\.37$/],
    ],
    [
      'a case that fails on both',
      [
        [SIMULATED, 'a', 'failed'],
        [REAL, 'a', 'failed'],
      ],
      [
        /^failed: the contract, on the simulated cluster › lists › a$/,
        /^failed: the contract, on Kubernetes 1\.37 › lists › a$/,
      ],
    ],
    [
      'a case that one of several real servers answers otherwise',
      [
        [SIMULATED, 'a', 'passed'],
        [REAL, 'a', 'passed'],
        [OLDER, 'a', 'failed'],
      ],
      [/^the servers differ: lists › a: passed on the simulated cluster, failed on Kubernetes 1\.36$/],
    ],
    [
      'a test that was skipped',
      [
        [SIMULATED, 'a', 'passed'],
        [REAL, 'a', 'passed'],
        ['a run', 'ends', 'pending'],
      ],
      [/^not run \(pending\): a run › lists › ends$/],
    ],
    ['no case of the contract at all', [['a run', 'ends', 'passed']], [/^no case of the contract was run$/]],
  ])('tells of %s', (_what, rows, failures) => {
    expect(outcomeOf(results(...rows), 'all').failures).toEqual(failures.map(each => expect.stringMatching(each)));
  });

  it('tells of a file that could not be run', () => {
    const broken = {
      name: 'broken.test.ts',
      message: '  ● Test suite failed to run\n\n    SyntaxError: no',
      status: 'failed',
    };
    const seen = { testResults: [{ ...broken, assertionResults: [] }] };
    expect(outcomeOf(seen, 'some').failures).toEqual(['broken.test.ts could not be run to its end: SyntaxError: no']);
  });

  it('tells of a file whose tests passed and whose last hook failed', () => {
    const [file] = results(['a run', 'ends', 'passed']).testResults;
    if (!file) throw new Error('There is no file.');
    const seen = { testResults: [{ ...file, status: 'failed', message: 'ENOENT: no such file' }] };
    expect(outcomeOf(seen, 'some').failures).toEqual([
      'some.test.ts could not be run to its end: ENOENT: no such file',
    ]);
  });

  it('tells what a cluster of somebody has no means for, and counts it neither as alike nor as a failure', () => {
    const seen = results(
      [SIMULATED, 'a', 'passed'],
      [SIMULATED, 'b', 'passed'],
      [REAL, 'a', 'passed'],
      [REAL, 'b', 'pending'],
    );
    expect(outcomeOf(seen, 'existing')).toEqual({ passed: 3, failures: [], leftOut: ['lists › b'], alike: 1 });
    expect(outcomeOf(seen, 'all').failures).toHaveLength(1);
  });

  it('takes a cluster of somebody on which no case ran for no proof', () => {
    const { failures } = outcomeOf({ testResults: [] }, 'existing');
    expect(failures).toEqual(['no case of the contract was run']);
  });

  it('compares nothing where one server alone was chosen', () => {
    const seen = results([SIMULATED, 'a', 'passed']);
    expect(outcomeOf(seen, 'some')).toEqual({ passed: 1, failures: [], leftOut: [], alike: 0 });
    expect(outcomeOf(seen, 'all').failures).toHaveLength(1);
  });

  it('does not ask for more than was chosen', () => {
    const seen = results(['a run', 'ends', 'passed'], ['a run', 'halts', 'pending']);
    expect(outcomeOf(seen, 'some')).toEqual({ passed: 1, failures: [], leftOut: [], alike: 0 });
  });
});
