#!/usr/bin/env node
// npm's scripts and npx put the Node 24 of the packages first on the PATH; only a call by path can get here with less.
import { setFlagsFromString } from 'node:v8';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  // Whoever reads a large cluster makes garbage faster than V8 likes to collect it: it would rather take three times the
  // memory. See docs/decisions/0014-a-small-heap.md.
  for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=25']) setFlagsFromString(flag);
  await import('../src/main.ts');
} else {
  console.error(
    `Capstan runs on Node ${NEEDED}, and this is ${process.versions.node}: "npm ci" brings it, then "npx capstan" uses it.`,
  );
  process.exitCode = 1;
}
