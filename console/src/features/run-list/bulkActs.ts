import { Problem, rest } from '@/live/rest'
import { troubleOf } from '@/live/trouble'
import { isFinalState } from '@/ui/states'

import { allOf, type BulkResult, type BulkWork, eachOf } from './bulk'
import { toMatch, type RunFilters } from './filters'

export type BulkKind = 'cancel' | 'pause' | 'resume' | 'retry' | 'delete'

export interface BulkRun {
  id: string
  name: string
  state: string
  parent: string | null
}

/** Words of `messages.ts` for why a run is left as it is. */
function skipReason(kind: BulkKind, state: string): 'bulkEnded' | 'bulkNotEnded' | 'bulkAsked' | 'bulkNotPaused' | 'bulkPaused' | null {
  const isFinal = isFinalState(state)
  const isPaused = state === 'paused' || state === 'pausing'
  if (kind === 'resume') return isPaused ? null : 'bulkNotPaused'
  if (kind === 'pause' && isPaused) return 'bulkPaused'
  if (kind === 'retry' || kind === 'delete') return isFinal ? null : 'bulkNotEnded'
  if (state === 'cancelling') return 'bulkAsked'
  return isFinal ? 'bulkEnded' : null
}

/** One run cancelled, paused, resumed, run again, or deleted. What the server refuses because the run has moved on meanwhile is no failure. */
async function actOn(kind: BulkKind, run: BulkRun, reason: string, signal: AbortSignal): Promise<BulkResult> {
  const skip = skipReason(kind, run.state)
  if (skip !== null) return { run: run.id, outcome: 'skipped', why: skip }
  try {
    if (kind === 'retry') return { run: run.id, outcome: 'done', made: (await rest.retryRun({ path: { run: run.id }, signal })).id }
    const wish = { path: { run: run.id }, body: reason === '' ? {} : { reason }, signal }
    if (kind === 'cancel') await rest.cancelRun(wish)
    else if (kind === 'pause') await rest.pauseRun(wish)
    else if (kind === 'delete') await rest.deleteRun({ path: { run: run.id }, signal })
    else await rest.resumeRun(wish)
    return { run: run.id, outcome: 'done' }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble instanceof Problem && trouble.status === 409) return { run: run.id, outcome: 'skipped', why: trouble.detail }
    return { run: run.id, outcome: 'failed', why: trouble instanceof Problem ? trouble.detail : trouble.message, code: trouble.code }
  }
}

/** Whether a run is chosen whose retry runs this one again, too: its parent, or the parent of that. */
export function comesWithParent(run: BulkRun, chosen: ReadonlyMap<string, BulkRun>): boolean {
  for (let above = chosen.get(run.parent ?? ''); above; above = chosen.get(above.parent ?? ''))
    if (skipReason('retry', above.state) === null) return true
  return false
}

/** The act on each of these runs. What is stopped is stopped between two of them. */
export function workOnEach(kind: BulkKind, runs: readonly BulkRun[], reason: string): BulkWork {
  const byId = new Map(runs.map((run) => [run.id, run]))
  const never = new AbortController().signal
  return eachOf([...byId.keys()], (id) => {
    const run = byId.get(id) ?? { id, name: id, state: '', parent: null }
    if (kind === 'retry' && skipReason(kind, run.state) === null && comesWithParent(run, byId))
      return Promise.resolve({ run: id, outcome: 'skipped', why: 'bulkByParent' })
    return actOn(kind, run, reason, never)
  })
}

const MANY = {
  cancel: rest.cancelMany,
  pause: rest.pauseMany,
  resume: rest.resumeMany,
  retry: rest.retryMany,
  delete: rest.deleteMany,
} as const

function wishOf(filters: RunFilters, now: number) {
  const query = toMatch(filters, now)
  return { query, body: Object.keys(query).length === 0 ? { is_everything: true } : {} }
}

export interface Counted {
  /** Runs that match and that the act concerns; null: more than are counted. */
  total: number | null
  /** With it the act reaches these, and none that came later. */
  cursor: string | null
}

export async function countMatching(kind: BulkKind, filters: RunFilters, now: number): Promise<Counted> {
  const { query, body } = wishOf(filters, now)
  const seen = await MANY[kind]({ query, body: { ...body, is_preview: true } })
  return { total: seen.is_complete ? seen.matched : null, cursor: seen.next_cursor ?? null }
}

/** The act on all that match and that it concerns. */
export function workOnMatching(kind: BulkKind, filters: RunFilters, now: number, { total, cursor }: Counted, reason: string): BulkWork {
  const { query, body } = wishOf(filters, now)
  return allOf(total, cursor, (step) => MANY[kind]({ query, body: { ...body, ...step, ...(reason !== '' && { reason }) } }))
}
