// Installs what package-lock.json names when node_modules does not hold exactly that; says nothing when it does.
// Runs before `npm run demo`, `npm test` and what needs a real Kubernetes, on whatever Node the machine has, so it uses nothing but Node itself.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.capstan-installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log('Installing the packages named in package-lock.json (once) ...');
  try {
    // npm is asked by its own path, because a script started by npm has no other promise about the PATH.
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
    if (npm) execFileSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' });
    else execFileSync('npm', args, { cwd: root, stdio: 'inherit' });
    writeFileSync(stamp, wanted);
  } catch (error) {
    console.error(`The packages could not be installed (${error.message}). Run "npm ci" by hand to see why.`);
    process.exit(1);
  }
}
