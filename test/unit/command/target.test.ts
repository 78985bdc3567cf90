import * as fc from 'fast-check';
import { parseTarget } from '../../../src/command/target.ts';
import { version } from '../plan/cluster-builder.ts';

describe('a target', () => {
  it.each([
    ['next', { kind: 'next' }],
    ['Patch', { kind: 'patch' }],
    [' LATEST ', { kind: 'latest' }],
    ['1.37', { kind: 'minor', minor: { major: 1, minor: 37 } }],
    ['V1.37', { kind: 'minor', minor: { major: 1, minor: 37 } }],
    ['1.36.2', { kind: 'version', version: version('1.36.2') }],
    ['v1.36.2', { kind: 'version', version: version('1.36.2') }],
    ['v1.36.0-rc.1', { kind: 'version', version: version('1.36.0-rc.1') }],
    ['v1.34.7-eks-1234567', { kind: 'version', version: version('1.34.7-eks-1234567') }],
  ])('%s is understood', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it.each([
    ['netx', 'next'],
    ['nxt', 'next'],
    ['pach', 'patch'],
    ['latets', 'latest'],
    ['lates', 'latest'],
    ['37', '1.37'],
    ['1,37', '1.37'],
    ['v.1.37', '1.37'],
    ['1.37.x', '1.37'],
    ['1,36,2', 'v1.36.2'],
  ])('%s was probably meant to be %s', (text, meant) => {
    expect(parseTarget(text)).toMatchObject({
      kind: 'error',
      meant,
      sentence: expect.stringMatching(new RegExp(`^"${text}" is no target: write next, .* Did you mean ${meant}\\?$`)),
    });
  });

  it.each(['', 'tomorrow', 'prod', '1', '1.2.3.4', '--only'])('nothing is guessed for "%s"', text => {
    expect(parseTarget(text)).toEqual({
      kind: 'error',
      meant: undefined,
      sentence: `"${text}" is no target: write next, patch, latest, a minor such as 1.37, or a version such as v1.36.2.`,
    });
  });

  it('never throws, and what it says was meant is understood', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^v?[1x.,37]{0,7}$/)), text => {
        const target = parseTarget(text);
        if (target.kind === 'error' && target.meant !== undefined) {
          expect(parseTarget(target.meant).kind).not.toBe('error');
        }
      }),
    );
  });

  it('a long word is named by its beginning', () => {
    expect(parseTarget('x'.repeat(5_000))).toMatchObject({ sentence: expect.stringMatching(/^"x{40}…" is no target/) });
  });
});
