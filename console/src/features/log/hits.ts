import type { Entry, Level } from '@headway/client'
import type { Hit, Hits } from '@headway/client/rest'
import { onScopeDispose, shallowRef, watch } from 'vue'

import type { Match } from './pieces'

export type { Hit }
export type HitsPage = Pick<Hits, 'items' | 'next_cursor' | 'scanned_to'>

/** What is looked for. All that is given must fit. */
export interface Query {
  readonly q?: string
  readonly regex?: boolean
  readonly case?: boolean
  readonly levels?: readonly Level[]
  readonly step?: string
  readonly stream?: string
  readonly attempt?: number
}

export type LoadHits = (query: Query, from: number, signal: AbortSignal) => Promise<HitsPage>

export interface Found {
  readonly items: readonly Hit[]
  /** The server has looked through all lines up to here. */
  readonly scannedTo: number
  readonly isLoading: boolean
  /** There are more than are kept here. */
  readonly isCut: boolean
  readonly problem: unknown
}

/** Hits kept in the page; those beyond are not shown, and it is said that there are more. */
export const HITS_KEPT = 20_000
/** While lines arrive the server is asked for what is new no more often than this. */
const AGAIN_MS = 1_000

const NOTHING: Found = { items: [], scannedTo: 0, isLoading: false, isCut: false, problem: null }

/**
 * All hits of a query in a growing log, page after page, and then those in new lines. `query` null: nothing is looked for.
 * A new query drops the one before, wherever it was.
 */
export function useHits(load: LoadHits, query: () => Query | null, last: () => number) {
  const found = shallowRef<Found>(NOTHING)
  let running: AbortController | null = null
  let again = 0

  async function read(now: Query, signal: AbortSignal): Promise<void> {
    found.value = { ...found.value, isLoading: true, problem: null }
    try {
      for (let from: number | null = found.value.scannedTo + 1; from !== null && !found.value.isCut;) {
        const page = await load(now, from, signal)
        if (signal.aborted) return
        found.value = added(found.value, page)
        from = page.next_cursor === null ? null : page.scanned_to + 1
      }
    } catch (problem) {
      if (!signal.aborted) found.value = { ...found.value, problem }
    }
    if (signal.aborted) return
    found.value = { ...found.value, isLoading: false }
    lookAgain(now, signal)
  }

  function lookAgain(now: Query, signal: AbortSignal): void {
    clearTimeout(again)
    const { isLoading, isCut, problem, scannedTo } = found.value
    if (isLoading || isCut || problem !== null || last() <= scannedTo) return
    again = window.setTimeout(() => void read(now, signal), AGAIN_MS)
  }

  function begin(): void {
    running?.abort()
    clearTimeout(again)
    found.value = NOTHING
    const now = query()
    if (!now) return
    running = new AbortController()
    void read(now, running.signal)
  }

  watch(() => JSON.stringify(query()), begin, { immediate: true })
  watch(last, () => {
    const now = query()
    if (now && running) lookAgain(now, running.signal)
  })
  onScopeDispose(() => {
    running?.abort()
    clearTimeout(again)
  })
  return { found, again: begin }
}

function added(before: Found, page: HitsPage): Found {
  const room = HITS_KEPT - before.items.length
  return {
    ...before,
    items: page.items.length === 0 ? before.items : [...before.items, ...page.items.slice(0, room)],
    scannedTo: Math.max(page.scanned_to, before.scannedTo),
    isCut: page.items.length > room,
  }
}

/** The index of the first hit at or after a line, as if the list were a ring; -1 in an empty one. */
export function hitFrom(hits: readonly Hit[], line: number): number {
  if (hits.length === 0) return -1
  let low = 0
  let high = hits.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((hits[middle]?.line ?? 0) < line) low = middle + 1
    else high = middle
  }
  return low === hits.length ? 0 : low
}

/** The hit after or before a line, going round. */
export function hitBeyond(hits: readonly Hit[], line: number | null, by: 1 | -1): number {
  if (hits.length === 0) return -1
  if (line === null) return by > 0 ? 0 : hits.length - 1
  const at = hitFrom(hits, line)
  const isAt = hits[at]?.line === line
  if (by > 0) return isAt ? (at + 1) % hits.length : at
  return (at - 1 + hits.length) % hits.length
}

/** Where the matches of a hit stand in the whole text of its entry. */
export function matchesIn(entry: Entry, hit: Hit): Match[] {
  const text = entry.text ?? ''
  const cut = hit.text.replace(/^…|…$/g, '')
  const offset = text.indexOf(cut) - (hit.text.startsWith('…') ? 1 : 0)
  return text.includes(cut) ? hit.spans.map(([from, to]) => [from + offset, to + offset] as const) : []
}

/** A hit as an entry, until the entry itself is here. */
export function entryOf(hit: Hit): Entry {
  const { line, kind, at, text } = hit
  const level = hit.level as Level | null
  return { kind, at, line, attempt: hit.attempt ?? 0, seq: 0, text, ...(level ? { level } : {}), ...(hit.step ? { step: hit.step } : {}) }
}
