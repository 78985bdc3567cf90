import { readFileSync } from 'node:fs';
import { newKeyPair } from '../../../src/approval/signing.ts';
import { botConfig, workerConfig } from '../../../src/runtime/config.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const EXAMPLE = read('../../../.env.example');
const SCHEMAS = read('../../../src/runtime/config.ts');

const SETTING = /^(# )?([A-Z][A-Z_]+)=(.*)$/gm;
const settings = [...EXAMPLE.matchAll(SETTING)].map(([, comment, name = '', value = '']) => ({
  name,
  value,
  active: comment === undefined,
}));
const environment = (chosen: typeof settings) => Object.fromEntries(chosen.map(({ name, value }) => [name, value]));

const { privateKey, publicKey } = newKeyPair();
/** What only the reader has. */
const SECRETS = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  CAPSTAN_SIGNING_KEY: privateKey,
  CAPSTAN_VERIFY_KEY: publicKey,
};

describe('.env.example', () => {
  it('names every setting of bot and worker once, and nothing else', () => {
    // Some are read by commands as well.
    const inSchemas = new Set([...SCHEMAS.matchAll(/\b([A-Z][A-Z_]{3,}): /g)].map(([, name]) => name));
    expect(settings.map(({ name }) => name).toSorted()).toEqual([...inSchemas].toSorted());
  });

  it.each([
    ['bot', botConfig],
    ['worker', workerConfig],
  ])('is enough for the %s once its secrets are filled in, and shows the true defaults', (_, parse) => {
    const shortest = parse({ ...environment(settings.filter(({ active }) => active)), ...SECRETS });
    const longest = parse({ ...environment(settings), ...SECRETS });
    expect(shortest.kind).toBe('ok');
    expect(longest).toEqual(shortest);
  });

  it('leaves out nothing but secrets', () => {
    const asked = [botConfig, workerConfig].flatMap(parse => {
      const parsed = parse(environment(settings));
      return parsed.kind === 'faults' ? parsed.faults.map(fault => fault.split(' ')[0]) : [];
    });
    expect(asked.toSorted()).toEqual(Object.keys(SECRETS).toSorted());
  });
});
