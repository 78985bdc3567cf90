import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { lockLab } from '../lab/cluster/lock.ts';

const LOCK = fileURLToPath(new URL('../lab/cluster/lock.ts', import.meta.url));
const name = `capstan-test-${process.pid}`;
/** The lab is nowhere else, and neither are names of sockets without a file. */
const onLinux = process.platform === 'linux' ? test : test.skip;

async function take(): Promise<() => void> {
  const lock = await lockLab(name);
  if ('heldBy' in lock) throw new Error(`${lock.heldBy} has it.`);
  return lock.release;
}

onLinux('one at a time has the lab, and everybody else is told who', async () => {
  const release = await take();
  expect(await lockLab(name)).toEqual({ heldBy: `process ${process.pid}` });
  release();
  (await take())();
});

onLinux('the lab is free again once its holder was killed', async () => {
  const script = `const { lockLab } = await import(${JSON.stringify(LOCK)}); await lockLab('${name}'); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(await lockLab(name)).toEqual({ heldBy: `process ${holder.pid}` });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  (await take())();
});
