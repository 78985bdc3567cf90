import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { run } from '../support/command.ts';
import { signalGroup } from '../support/process-group.ts';

/** More than a pipe holds, so that somebody has to read it. */
const MUCH = 'x'.repeat(1024 * 1024);

describe('a command', () => {
  it('answers what it printed, and is given its input', async () => {
    expect(await run('cat', [], { input: MUCH })).toBe(MUCH);
    expect(await run('sh', ['-c', 'printf "$WORD"'], { environment: { ...process.env, WORD: 'said' } })).toBe('said');
  });

  it('may end without having read its input', async () => {
    expect(await run('true', [], { input: MUCH })).toBe('');
    await expect(run('false', [], { input: MUCH })).rejects.toThrow('Command failed: false');
  });

  it('rejects with all that it printed where it fails, complaints first', async () => {
    const failing = run('sh', ['-c', 'echo printed; echo complained >&2; exit 3']);
    await expect(failing).rejects.toThrow(/^sh -c .*:\ncomplained\nprinted$/);
  });

  it('ends with its signal, and says why', async () => {
    const told = new AbortController();
    const sleeping = run('sleep', ['60'], { signal: told.signal });
    told.abort(new Error('Enough.'));
    await expect(sleeping).rejects.toThrow('Enough.');
  });
});

describe('a process group', () => {
  it('is gone with its last process', async () => {
    const child = spawn('cat', { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = once(child, 'exit');
    expect(signalGroup(child.pid, 0)).toBe(true);
    expect(signalGroup(child.pid, 'SIGTERM')).toBe(true);
    await ended;
    expect(signalGroup(child.pid, 0)).toBe(false);
    expect(signalGroup(undefined, 0)).toBe(false);
  });
});
