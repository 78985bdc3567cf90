import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModule, GoMissing } from '../controlplane/build.ts';

const DAY_MS = 24 * 60 * 60_000;
const SOURCE = 'package main\n\nvar version = "none"\n\nfunc main() { println(version) }\n';

describe('the builder of Go modules', () => {
  let folder: string;
  let module: string;
  let environment: Readonly<Record<string, string | undefined>>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'capstan-build-'));
    module = join(folder, 'hello');
    mkdirSync(module);
    writeFileSync(join(module, 'go.mod'), 'module example.com/hello\n\ngo 1.24\n');
    writeFileSync(join(module, 'go.sum'), '');
    writeFileSync(join(module, 'main.go'), SOURCE);
    environment = { ...process.env, CAPSTAN_CACHE: join(folder, 'cache') };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = (ldflags = '', signal = AbortSignal.timeout(60_000)) =>
    buildModule(module, { hello: '.' }, { ldflags, environment }, signal);
  const kept = () => readdirSync(join(folder, 'cache', 'programs'));
  /** Go's println writes to the error output. */
  const said = (programs: string) =>
    execFileSync('sh', ['-c', '"$0" 2>&1', join(programs, 'hello')], { encoding: 'utf8' }).trim();

  it('keeps what it built, under a name of its own for every set of flags', async () => {
    const first = await build();
    expect(await build()).toBe(first);
    const second = await build('-X main.version=v2');
    expect(second).not.toBe(first);
    expect([said(first), said(second)]).toEqual(['none', 'v2']);
    expect(kept()).toHaveLength(2);
  });

  it('builds anew where the module has changed', async () => {
    const first = await build();
    writeFileSync(join(module, 'go.mod'), 'module example.com/hello\n\ngo 1.25\n');
    expect(await build()).not.toBe(first);
  });

  it('is not hurt by another that builds the same', async () => {
    const all = await Promise.all([build(), build(), build()]);
    expect(new Set(all).size).toBe(1);
    expect(said(all[0])).toBe('none');
    expect(kept()).toHaveLength(1);
  });

  it('leaves nothing behind where the module cannot be built, and says why', async () => {
    writeFileSync(join(module, 'main.go'), 'package main\n\nfunc main() { undefined() }\n');
    await expect(build()).rejects.toThrow(/undefined: undefined/);
    expect(kept()).toEqual([]);
  });

  it('stops when it is told to', async () => {
    await expect(build('', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('removes what nobody asked for in a month', async () => {
    const old = await build();
    const then = new Date(Date.now() - 31 * DAY_MS);
    utimesSync(old, then, then);
    const fresh = await build('-X main.version=v2');
    expect(kept().map(name => join(folder, 'cache', 'programs', name))).toEqual([fresh]);
  });

  it('says so where there is no Go', async () => {
    environment = { ...environment, PATH: folder };
    const built = buildModule(
      module,
      { hello: '.' },
      { environment, usualFolder: folder },
      AbortSignal.timeout(10_000),
    );
    await expect(built).rejects.toThrow(GoMissing);
  });
});
