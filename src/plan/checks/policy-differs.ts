import type { Check } from './check.ts';

/**
 * A warning and no more: what counts is the worker's copy, so nothing can slip through, and a new policy reaches bot and
 * worker minutes apart. But the bot may refuse people, or accept them in vain, by rules that hold no more.
 */
export const policyDiffers: Check = {
  code: 'POLICY_DIFFERS',
  ok: 'Bot and worker hold the same policy for this cluster.',
  needs: [],
  applies: ({ policyDiffers: differs }) => differs !== undefined,
  look: ({ policyDiffers: differs }) =>
    differs
      ? [
          {
            code: 'POLICY_DIFFERS',
            severity: 'warn',
            sentence: "The bot's policy for this cluster is not the worker's. What counts is the worker's.",
            remedy: 'Give both the same policy file. One that has just been changed reaches them within minutes.',
          },
        ]
      : [],
};
