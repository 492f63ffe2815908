/** Numbers that look like chance and come again with the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A whole number from [0, below). */
export const below = (random: () => number, limit: number): number => Math.floor(random() * limit)

export function oneOf<T>(random: () => number, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T
}
