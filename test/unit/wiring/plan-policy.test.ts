import { choosePolicy } from '../../../src/wiring/plan-policy.ts';
import { examplePolicy } from '../../support/policy.ts';

const file = 'policy.yaml';
const named = (...names: readonly string[]) => ({
  kind: 'file' as const,
  file,
  clusters: new Map(names.map(name => [name, examplePolicy()])),
});

describe('whose policy counts for a plan on the command line', () => {
  it.each([
    ['the one that was named', named('prod', 'test'), 'test', 'prod', 'test'],
    ['the one that the kubeconfig names', named('prod', 'test'), undefined, 'prod', 'prod'],
    ['the only one that there is', named('prod'), undefined, 'kubernetes', 'prod'],
  ])('%s', (_name, given, asked, kubeconfig, cluster) => {
    expect(choosePolicy(given, asked, kubeconfig)).toMatchObject({
      kind: 'chosen',
      found: { source: { file, cluster } },
    });
  });

  it("nobody's where no file was given", () => {
    expect(choosePolicy({ kind: 'none' }, 'prod', 'prod')).toEqual({ kind: 'chosen', found: undefined });
  });

  it.each([
    [
      'none of several is meant',
      named('a', 'b'),
      undefined,
      /does not tell which of its clusters this is: give --cluster one of a, b\.$/,
    ],
    ['the one that was named is not there', named('a', 'b'), 'c', /has no cluster c: give --cluster one of a, b\.$/],
    ['the only one is not the one that was named', named('a'), 'c', /has no cluster c/],
  ])('is not guessed where %s', (_name, given, asked, sentence) => {
    expect(choosePolicy(given, asked, 'kubernetes')).toEqual({
      kind: 'open',
      sentence: expect.stringMatching(sentence),
    });
  });
});
