/** One thing done to many runs: how far it is, and what became of whom. */

export type BulkResult =
  | { run: string; outcome: 'done'; made?: string }
  | { run: string; outcome: 'skipped'; why: string }
  | { run: string; outcome: 'failed'; why: string; code?: string }

export interface BulkProgress {
  /** Runs that it is about; null: too many to have been counted. */
  total: number | null
  reached: number
  done: number
  skipped: number
  failed: number
  /** Of each that there is something to say of. */
  results: readonly BulkResult[]
}

/** Begins, or goes on after a failure. Fulfils at the end, and when it was stopped; what is on its way then is still told. */
export type BulkWork = (signal: AbortSignal, tell: (progress: BulkProgress) => void) => Promise<void>

const AT_ONCE = 4
/** Runs of one call: small enough to see it advance, and to stop it. */
const STEP = 500

export const begin = (total: number | null): BulkProgress => ({ total, reached: 0, done: 0, skipped: 0, failed: 0, results: [] })

function withOne(progress: BulkProgress, result: BulkResult): BulkProgress {
  const { outcome } = result
  return { ...progress, reached: progress.reached + 1, [outcome]: progress[outcome] + 1, results: [...progress.results, result] }
}

/** `act` for each run, four at a time, in order. */
export function eachOf(runs: readonly string[], act: (run: string) => Promise<BulkResult>): BulkWork {
  let next = 0
  let progress = begin(runs.length)
  return async (signal, tell) => {
    const lane = async (): Promise<void> => {
      while (next < runs.length && !signal.aborted) {
        const run = runs[next++]
        if (run === undefined) continue
        const result = await act(run)
        progress = withOne(progress, result)
        tell(progress)
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, runs.length) }, lane))
  }
}

/** What a call for many answers. */
interface BulkAnswer {
  matched: number
  succeeded: number
  failed_count: number
  failed: readonly { id: string; problem: { code: string; detail: string } }[]
  skipped_count: number
  skipped: readonly { id: string; ancestor: string }[]
  next_cursor?: string | null
}

/**
 * `act` on all that match, step by step: it goes on from the cursor that the step before gave, and begins with that of the look at
 * how many they are. So a step whose answer got lost is asked for again, and the server does nothing twice.
 */
export function allOf(
  total: number | null,
  first: string | null,
  act: (step: { limit: number; cursor?: string }) => Promise<BulkAnswer>,
): BulkWork {
  let cursor = first
  let progress = begin(total)
  return async (signal, tell) => {
    do {
      const said: BulkAnswer = await act({ limit: STEP, ...(cursor !== null && { cursor }) })
      progress = {
        ...progress,
        reached: progress.reached + said.matched,
        done: progress.done + said.succeeded,
        skipped: progress.skipped + said.skipped_count,
        failed: progress.failed + said.failed_count,
        results: [
          ...progress.results,
          ...said.failed.map(({ id, problem: { code, detail } }) => ({ run: id, outcome: 'failed', why: detail, code }) as const),
          ...said.skipped.map(({ id }) => ({ run: id, outcome: 'skipped', why: 'bulkByParent' }) as const),
        ],
      }
      tell(progress)
      cursor = said.next_cursor ?? null
    } while (cursor !== null && !signal.aborted)
  }
}

/** Why runs failed, the most frequent first; of those with one code, in the words of the first. */
export function reasonsOf(results: readonly BulkResult[]): { code: string; why: string; count: number }[] {
  const reasons = new Map<string, { code: string; why: string; count: number }>()
  for (const result of results) {
    if (result.outcome !== 'failed') continue
    const code = result.code ?? result.why
    const reason = reasons.get(code) ?? { code, why: result.why, count: 0 }
    reasons.set(code, { ...reason, count: reason.count + 1 })
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count)
}
