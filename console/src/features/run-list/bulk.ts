/** One thing done to many runs: a few at a time, each with its own result. */

export type BulkResult =
  | { run: string; outcome: 'done'; made?: string }
  | { run: string; outcome: 'skipped'; why: string }
  | { run: string; outcome: 'failed'; why: string; code?: string }

/** Runs that one bulk action may touch. */
export const BULK_LIMIT = 10_000
const AT_ONCE = 4

export interface BulkOptions {
  signal: AbortSignal
  onResult: (result: BulkResult) => void
}

/** Calls `act` for each run, four at a time, in order. Stops taking new ones when aborted; those on their way are still reported. */
export async function inTurn(
  runs: readonly string[],
  act: (run: string) => Promise<BulkResult>,
  { signal, onResult }: BulkOptions,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < runs.length && !signal.aborted) {
      const run = runs[next++]
      if (run !== undefined) onResult(await act(run))
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, runs.length) }, lane))
}
