import type { Check } from './check.ts';
import { listed } from './wording.ts';

/** Conditions of nodes other than Ready (kubernetes.io: node-status, "Conditions"). */
export const nodesPressed: Check = {
  code: 'NODE_PRESSURE',
  ok: 'No node is short of disk, memory or process ids, or reports other trouble.',
  needs: [],
  look: ({ snapshot }) => {
    const pressed = snapshot.nodes.filter(node => node.pressures.length > 0);
    if (pressed.length === 0) return [];
    const names = pressed.map(({ name, pressures }) => `${name} (${pressures.join(', ')})`);
    return [
      {
        code: 'NODE_PRESSURE',
        severity: 'warn',
        sentence: `Nodes report trouble: ${listed(names)}.`,
        remedy: 'Free what is short before the upgrade pulls new images and moves pods there.',
      },
    ];
  },
};
