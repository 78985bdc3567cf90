import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Lab, Places } from './layout.ts';
import { MINORS } from './programs.ts';

const LAB = z.object({
  hosts: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['control-plane', 'worker']),
      address: z.string(),
      podSubnet: z.string(),
    }),
  ),
  minors: z.array(z.enum(MINORS)),
  endpoint: z.string(),
  kubectl: z.string(),
});

/** The lab that is up, or undefined where none is. */
export function readLab({ state }: Places): Lab | undefined {
  return existsSync(state) ? LAB.parse(JSON.parse(readFileSync(state, 'utf8'))) : undefined;
}

export function writeLab(places: Places, lab: Lab): void {
  mkdirSync(places.folder, { recursive: true });
  writeFileSync(places.state, JSON.stringify(lab, null, 2));
}
