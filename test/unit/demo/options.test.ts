import { parseDemoOptions } from '../../../src/demo/options.ts';

describe("the demo's command line", () => {
  it('waits for people and goes to the newest version when nothing is asked for', () => {
    expect(parseDemoOptions([])).toEqual({
      auto: false,
      speed: 20,
      killWorker: false,
      fault: undefined,
      target: 'latest',
      port: 0,
    });
  });

  it('lives faster when nobody watches', () => {
    expect(parseDemoOptions(['--auto'])).toMatchObject({ auto: true, speed: 60 });
    expect(parseDemoOptions(['--auto', '--speed', '5'])).toMatchObject({ speed: 5 });
  });

  it.each([
    [['--fault', 'locusts'], 'locusts'],
    [['--speed', 'fast'], 'fast'],
    [['--speed', '0'], '0'],
    [['--port', '70000'], '70000'],
    [['--target'], '--target'],
    [['--target', 'nosense'], 'nosense'],
    [['--kill-worker'], '--auto'],
    [['--fault', 'node-lost'], '--auto'],
    [['--bogus'], '--bogus'],
    [['word'], 'word'],
  ])('refuses %j and names what is wrong', (args, word) => {
    expect(parseDemoOptions(args)).toEqual({ error: expect.stringContaining(word) });
  });

  it('answers --help, whatever else is wrong', () => {
    expect(parseDemoOptions(['--help', '--speed', '0'])).toEqual({ help: true });
  });
});
