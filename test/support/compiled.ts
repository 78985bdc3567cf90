/**
 * For the environment of a process that a test starts with no other settings than its own: where Node keeps what it has
 * compiled, so that not each of many processes does it anew. `npm test` names the folder.
 */
const { NODE_COMPILE_CACHE } = process.env;

export const COMPILED: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
