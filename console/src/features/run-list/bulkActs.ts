import { Problem, rest } from '@/live/rest'
import { troubleOf } from '@/live/trouble'
import { isFinalState } from '@/ui/states'

import { BULK_LIMIT, type BulkResult } from './bulk'
import { toRest, type RunFilters, type RunSort } from './filters'

export type BulkKind = 'cancel' | 'pause' | 'resume' | 'retry'

export interface BulkRun {
  id: string
  name: string
  state: string
}

/** Words of `messages.ts` for why a run is left as it is. */
function skipReason(kind: BulkKind, state: string): 'bulkEnded' | 'bulkNotEnded' | 'bulkAsked' | 'bulkNotPaused' | 'bulkPaused' | null {
  const isFinal = isFinalState(state)
  const isPaused = state === 'paused' || state === 'pausing'
  if (kind === 'resume') return isPaused ? null : 'bulkNotPaused'
  if (kind === 'pause' && isPaused) return 'bulkPaused'
  if (kind === 'retry') return isFinal ? null : 'bulkNotEnded'
  if (state === 'cancelling') return 'bulkAsked'
  return isFinal ? 'bulkEnded' : null
}

/** One run cancelled, paused, resumed, or run again. What the server refuses because the run has moved on meanwhile is no failure. */
export async function actOn(kind: BulkKind, run: BulkRun, reason: string, signal: AbortSignal): Promise<BulkResult> {
  const skip = skipReason(kind, run.state)
  if (skip !== null) return { run: run.id, outcome: 'skipped', why: skip }
  try {
    if (kind === 'retry') return { run: run.id, outcome: 'done', made: (await rest.retryRun({ path: { run: run.id }, signal })).id }
    const wish = { path: { run: run.id }, body: reason === '' ? {} : { reason }, signal }
    if (kind === 'cancel') await rest.cancelRun(wish)
    else if (kind === 'pause') await rest.pauseRun(wish)
    else await rest.resumeRun(wish)
    return { run: run.id, outcome: 'done' }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble instanceof Problem && trouble.status === 409) return { run: run.id, outcome: 'skipped', why: trouble.detail }
    return { run: run.id, outcome: 'failed', why: trouble instanceof Problem ? trouble.detail : trouble.message, code: trouble.code }
  }
}

/** All runs that match, by pages, up to the limit. */
export async function collect(
  filters: RunFilters,
  sort: RunSort,
  now: number,
  signal: AbortSignal,
): Promise<{ runs: BulkRun[]; isCut: boolean }> {
  const runs: BulkRun[] = []
  let cursor: string | null = null
  do {
    const query = { ...toRest(filters, sort, now), fields: 'id,name,state', limit: 200, ...(cursor !== null && { cursor }) }
    const page: { items: BulkRun[]; next_cursor: string | null } = await rest.listRuns({ query, signal })
    runs.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null && runs.length < BULK_LIMIT)
  return { runs: runs.slice(0, BULK_LIMIT), isCut: cursor !== null || runs.length > BULK_LIMIT }
}
