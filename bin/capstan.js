#!/usr/bin/env node
// npm's scripts and npx put the Node 24 of the packages first on the PATH; only a call by path can get here with less.
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import('../src/main.ts');
} else {
  console.error(
    `Capstan runs on Node ${NEEDED}, and this is ${process.versions.node}: "npm ci" brings it, then "npx capstan" uses it.`,
  );
  process.exitCode = 1;
}
