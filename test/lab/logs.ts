import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINES_SHOWN = 15;

/** The ends of the newest logs of bot and workers, and where the rest is. */
export function showLogs(folder: string): void {
  const names = readdirSync(folder).filter(name => /-(?:bot|worker)-.*\.log$/.test(name));
  for (const name of names.slice(-4)) {
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    console.log(`\n== The end of ${name}\n${lines.slice(-LINES_SHOWN).join('\n')}`);
  }
  console.log(`\nAll logs of Capstan's pods and of kube-proxy, and the journals of the hosts, are in ${folder}.`);
}
