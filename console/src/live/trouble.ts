import { Problem, Unreachable } from '@headway/client/rest'

import { SignedOut } from './session'

/** Everything that can go wrong between a page and the server. Each has a `code` to write texts for. */
export type Trouble = Problem | Unreachable

/** An error as trouble that a page can show. What is neither is a fault of ours, and is thrown on. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem || error instanceof Unreachable) return error
  if (error instanceof SignedOut) return new Problem(401, { code: 'session_ended', detail: error.message })
  throw error
}

/** A server that is away is asked again after so long, by whoever has nothing to show without it. */
export const RETRY_MS = 3_000

/** Whether a request was given up by the page itself. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
