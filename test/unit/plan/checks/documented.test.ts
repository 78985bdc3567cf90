import { readdirSync, readFileSync } from 'node:fs';
import { HOST_REQUIREMENTS } from '../../../../src/version/requirements.ts';

const CHECKS = new URL('../../../../src/plan/checks/', import.meta.url);
const HOST = new URL('../../../../src/kubernetes/driver/host/upgrade.sh', import.meta.url);
const PAGE = readFileSync(new URL('../../../../docs/checks.md', import.meta.url), 'utf8');

const sources = readdirSync(CHECKS).map(name => readFileSync(new URL(name, CHECKS), 'utf8'));

it('docs/checks.md names every code that a check can give, and no other', () => {
  const given = sources.flatMap(text => [...text.matchAll(/code: '([A-Z_]+)'/g)].map(([, code = '']) => code));
  const named = [...PAGE.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => code);
  expect(new Set(named)).toEqual(new Set(given));
  expect(named).toHaveLength(new Set(named).size);
});

it('docs/checks.md names every question that a host is asked', () => {
  const asked = [...readFileSync(HOST, 'utf8').matchAll(/^ *fault ([A-Z]\w+) /gm)].map(([, name = '']) => name);
  const named = [...PAGE.matchAll(/^\| `([A-Z][a-z]\w+)` \|/gm)].map(([, name = '']) => name);
  expect(new Set(named)).toEqual(new Set(asked));
});

it.each(HOST_REQUIREMENTS)(
  'docs/checks.md gives the source of what $what must be from $since.minor on',
  requirement => {
    expect(PAGE).toContain(requirement.source);
  },
);
