import type { ApprovalGiven, Bulk } from '@headway/client/rest'

import { rest } from '@/live/rest'
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

type Asked = Parameters<typeof rest.cancelMany>[0]

/** Others have to approve it first, and were asked: nothing was done to any of these, and each says why. */
function answered(said: Bulk | ApprovalGiven): Bulk {
  if (!('needed' in said)) return said
  const { count, runs } = said.what as { count: number; runs: string[] }
  const problem = { code: 'approval_needed', detail: 'Others have to approve this first; they were asked.' }
  const failed = runs.map((id) => ({ id, problem }))
  const none = { succeeded: 0, skipped_count: 0, skipped: [], started: [], is_complete: true, next_cursor: null }
  return { ...none, matched: count, failed_count: count, failed }
}

const MANY = {
  cancel: async (asked: Asked) => answered(await rest.cancelMany(asked)),
  pause: rest.pauseMany,
  resume: rest.resumeMany,
  retry: rest.retryMany,
  delete: async (asked: Asked) => answered(await rest.deleteMany(asked)),
} as const

/**
 * The act on each of these runs, as the server has it for all that match: who is run again by an ancestor is found out there, also where
 * runs between the two are not chosen, or not even loaded.
 */
export function workOnEach(kind: BulkKind, runs: readonly BulkRun[], reason: string): BulkWork {
  const left = runs.flatMap(({ id, state }): BulkResult[] => {
    const why = skipReason(kind, state)
    return why === null ? [] : [{ run: id, outcome: 'skipped', why }]
  })
  const why = reason === '' ? {} : { reason }
  return eachOf(
    runs.filter(({ state }) => skipReason(kind, state) === null),
    left,
    (ids) => MANY[kind]({ body: { runs: ids, is_preview: true } }),
    (ids, cursor) => MANY[kind]({ body: { runs: ids, ...(cursor !== null && { cursor }), ...why } }),
  )
}

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
