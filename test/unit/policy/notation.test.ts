import { matchesSelector } from '../../../src/cluster/selector.ts';
import {
  durationWords,
  formatSelector,
  parseDuration,
  parseMoment,
  parseSelector,
  parseTimeOfDay,
} from '../../../src/policy/notation.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90, '1 min 30 s'],
    ['15m', 900, '15 min'],
    ['1h30m', 5_400, '1 h 30 min'],
    ['7d', 604_800, '7 d'],
    ['1d1h1m1s', 90_061, '1 d 1 h 1 min 1 s'],
    ['0s', 0, '0 s'],
  ])('is read and said: %s', (text, seconds, words) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(durationWords(seconds)).toBe(words);
  });

  it.each(['', '90', '90 s', '1.5h', '-1h', '1m1h', '1h1h', 'h', '1w'])('is not %j', text => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('a time of day', () => {
  it.each([
    ['00:00', 0],
    ['09:05', 545],
    ['23:59', 1_439],
    ['24:00', 1_440],
  ])('is %s', (text, minutes) => {
    expect(parseTimeOfDay(text)).toBe(minutes);
  });

  it.each(['24:01', '12:60', '9:00', '9', '', '12:00:00'])('is not %j', text => {
    expect(parseTimeOfDay(text)).toBeUndefined();
  });
});

describe('a moment', () => {
  it.each([
    ['2026-12-18', { year: 2026, month: 12, day: 18, minutes: 0 }, true],
    ['2026-12-18T18:30', { year: 2026, month: 12, day: 18, minutes: 1_110 }, false],
    ['2026-12-18 18:30', { year: 2026, month: 12, day: 18, minutes: 1_110 }, false],
    ['2028-02-29', { year: 2028, month: 2, day: 29, minutes: 0 }, true],
  ])('is %s', (text, time, wholeDay) => {
    expect(parseMoment(text)).toEqual({ time, wholeDay });
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '2026-12-18T25:00',
    '2026-12-18T18:30Z',
    '18.12.2026',
  ])('is not %j', text => {
    expect(parseMoment(text)).toBeUndefined();
  });
});

describe('a label selector', () => {
  it.each([
    ['pool=spot', { pool: 'spot' }, true],
    ['pool==spot', { pool: 'blue' }, false],
    ['app!=legacy', {}, true],
    ['app != legacy', { app: 'legacy' }, false],
    ['zone in (a, b)', { zone: 'b' }, true],
    ['zone notin (a,b)', { zone: 'b' }, false],
    ['spot', { spot: '' }, true],
    ['!spot', { spot: '' }, false],
    ['pool=spot,zone in (a,b),!gpu', { pool: 'spot', zone: 'a' }, true],
    ['node.kubernetes.io/pool=spot', { 'node.kubernetes.io/pool': 'spot' }, true],
    ['pool=', { pool: '' }, true],
  ])('%s, of %j: %s', (text, labels, matches) => {
    const selector = parseSelector(text);
    expect(selector && matchesSelector(selector, labels)).toBe(matches);
    expect(selector && parseSelector(formatSelector(selector))).toEqual(selector);
  });

  it.each([
    ['zone in (b,a)', 'zone in (a, b)'],
    ['zone in (a, a)', 'zone=a'],
    ['tier!=db,pool=spot', 'pool=spot,tier!=db'],
    ['spot,spot', 'spot'],
  ])('reads %s as it reads %s', (text, other) => {
    expect(parseSelector(text)).toEqual(parseSelector(other));
  });

  it.each(['', ',', 'a=b,', 'a b', 'a=b=c', '=b', 'a in b', 'a in ()x', 'a in (', 'UPPER.io/', '-a=b', 'a=-b', '!a=b'])(
    'is not %j',
    text => {
      expect(parseSelector(text)).toBeUndefined();
    },
  );
});
