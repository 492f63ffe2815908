/** What is kept of a sign-in, and where. */

export interface KeptTokens {
  /** Good for ten minutes. */
  readonly token: string
  /** By the clock of this machine, in ms since 1970. */
  readonly renewAt: number
  readonly endsAt: number
  /** Buys the next of both, once. */
  readonly refreshToken: string
  /** Until then somebody has to sign in anew; as the server says it. */
  readonly refreshEndsAt: string
}

/**
 * Where a sign-in is kept: one at each server. Both may be asynchronous, and what `set` was given must stand there before it is done: a refresh
 * token is good once, so one that is older than the last ends the sign-in. Others must not be able to read it.
 */
export interface TokenStorage {
  get(): KeptTokens | null | Promise<KeptTokens | null>
  /** `null`: nobody is signed in any more. */
  set(tokens: KeptTokens | null): void | Promise<void>
}

/** For as long as the program, or the page, is there. */
export function memoryStorage(): TokenStorage {
  let kept: KeptTokens | null = null
  return { get: () => kept, set: (tokens) => void (kept = tokens) }
}

/** What somebody else has written there is no sign-in. */
export function checked(kept: KeptTokens | null | undefined): KeptTokens | null {
  const isWhole = typeof kept?.token === 'string' && typeof kept.refreshToken === 'string'
  return isWhole && Number.isFinite(kept.renewAt) && Number.isFinite(kept.endsAt) ? kept : null
}
