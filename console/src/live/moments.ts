const STEP_MS = 5_000

/** A moment to ask the server about, on whole five seconds: those who look at the same time ask the same, and are answered once. */
export const momentOf = (ms: number): string => new Date(Math.floor(ms / STEP_MS) * STEP_MS).toISOString()
