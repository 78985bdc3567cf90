export interface Random {
  chance(of: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

/** A linear congruential generator (Numerical Recipes' constants) is random enough, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    chance: of => next() < of,
    pick: choices => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
  };
}
