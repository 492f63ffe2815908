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

/** Runs of one call: small enough to see it advance, and to stop it. */
const STEP = 500
/** As many as a call may name. */
const NAMED = 1_000

export const begin = (total: number | null): BulkProgress => ({ total, reached: 0, done: 0, skipped: 0, failed: 0, results: [] })

/** What a call for many answers. */
export interface BulkAnswer {
  matched: number
  succeeded: number
  failed_count: number
  failed: readonly { id: string; problem: { code: string; detail: string } }[]
  skipped_count: number
  skipped: readonly { id: string; ancestor: string }[]
  started: readonly { id: string; run: string }[]
  next_cursor?: string | null
}

/** A run that has moved on since it was looked at is left as it is, as if it had been so from the beginning. */
const MOVED_ON: Readonly<Record<string, string>> = { run_final: 'bulkEnded', run_not_final: 'bulkNotEnded' }

function withAnswer(progress: BulkProgress, said: BulkAnswer, others: readonly BulkResult[] = []): BulkProgress {
  const refused = said.failed.map(({ id, problem: { code, detail } }): BulkResult => {
    const moved = MOVED_ON[code]
    return moved === undefined ? { run: id, outcome: 'failed', why: detail, code } : { run: id, outcome: 'skipped', why: moved }
  })
  const moved = refused.filter(({ outcome }) => outcome === 'skipped').length
  return {
    ...progress,
    reached: progress.reached + said.matched,
    done: progress.done + said.succeeded,
    skipped: progress.skipped + said.skipped_count + moved,
    failed: progress.failed + said.failed_count - moved,
    results: [
      ...progress.results,
      ...refused,
      ...said.skipped.map(({ id }): BulkResult => ({ run: id, outcome: 'skipped', why: 'bulkByParent' })),
      ...said.started.map(({ id, run }): BulkResult => ({ run: id, outcome: 'done', made: run })),
      ...others,
    ],
  }
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
      progress = withAnswer(progress, said)
      tell(progress)
      cursor = said.next_cursor ?? null
    } while (cursor !== null && !signal.aborted)
  }
}

interface Chosen {
  id: string
  parent: string | null
}

/** As many runs as a call may name. Those of a family stay together: which of them come with an ancestor is found out within a call. */
export function callsOf<T extends Chosen>(runs: readonly T[], most = NAMED): T[][] {
  const byId = new Map(runs.map((run) => [run.id, run]))
  const rootOf = (run: T): string => {
    const above = byId.get(run.parent ?? '')
    return above === undefined ? run.id : rootOf(above)
  }
  const families = new Map<string, T[]>()
  for (const run of byId.values()) families.set(rootOf(run), [...(families.get(rootOf(run)) ?? []), run])
  const calls: T[][] = [[]]
  for (const family of families.values())
    for (let from = 0; from < family.length; from += most) {
      const part = family.slice(from, from + most)
      const last = calls.at(-1)
      if (last && last.length + part.length <= most) last.push(...part)
      else calls.push(part)
    }
  return calls.filter((call) => call.length > 0)
}

/**
 * `act` on these runs by their names, as on all that match. `left`: those of which it is plain that the act does not concern them.
 * `look` counts nothing that is not known; with the cursor that it gives, a call whose answer got lost does nothing twice.
 */
export function eachOf(
  runs: readonly Chosen[],
  left: readonly BulkResult[],
  look: (runs: string[]) => Promise<BulkAnswer>,
  act: (runs: string[], cursor: string | null) => Promise<BulkAnswer>,
): BulkWork {
  const calls = callsOf(runs)
  let cursor: string | null = null
  let progress: BulkProgress = { ...begin(runs.length + left.length), reached: left.length, skipped: left.length, results: left }
  return async (signal, tell) => {
    tell(progress)
    for (let call = calls[0]; call && !signal.aborted; call = calls[0]) {
      const ids = call.map(({ id }) => id)
      cursor ??= (await look(ids)).next_cursor ?? null
      const said = await act(ids, cursor)
      const told = new Set([...said.failed, ...said.skipped, ...said.started].map(({ id }) => id))
      progress = withAnswer(
        progress,
        said,
        ids.filter((id) => !told.has(id)).map((run) => ({ run, outcome: 'done' })),
      )
      tell(progress)
      calls.shift()
      cursor = null
    }
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
