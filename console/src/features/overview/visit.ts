const PREFIX = 'headway.left.'
/** Whoever was gone for less was not away. */
export const LEAST_AWAY_MS = 300_000

/** When this person last looked at the console here, in milliseconds; null: never, or it could not be kept. */
export function lastVisit(person: string): number | null {
  try {
    const at = Number(localStorage.getItem(PREFIX + person))
    return at > 0 ? at : null
  } catch {
    return null
  }
}

export function keepVisit(person: string, at: number): void {
  try {
    localStorage.setItem(PREFIX + person, String(at))
  } catch {
    // Without storage nothing is told of what came meanwhile.
  }
}
