import type { RunState } from '@headway/client'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import { isState, STATES } from '@/ui/states'

type RunKind = 'task' | 'outside'
const SORTS = ['-created_at', 'created_at', '-started_at', 'started_at', '-finished_at', 'finished_at', 'name', '-name'] as const
export type RunSort = (typeof SORTS)[number]
export const DEFAULT_SORT: RunSort = '-created_at'

/** What of a project's runs is shown. `since` and `until` are days (`2026-11-22`), moments, or times back from now (`24h`, `7d`). */
export interface RunFilters {
  states: RunState[]
  task?: string
  tag?: string
  by?: string
  kind?: RunKind
  since?: string
  until?: string
  /** Of one run: its children. */
  parent?: string
  /** Child runs too, not only those that somebody started. */
  children?: 'all'
  text?: string
}

/** The longest value the server takes for a name in a filter. */
export const VALUE_LIMIT = 200

export function isEmpty(filters: RunFilters): boolean {
  return filters.states.length === 0 && Object.entries(filters).every(([key, value]) => key === 'states' || value === undefined)
}

const UNITS: Record<string, number> = { m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** The moment that a word of `since` or `until` means, in ms since 1970; null when it means none. */
export function momentOf(word: string, now: number): number | null {
  const back = /^(\d{1,5})([mhdw])$/.exec(word)
  if (back) return now - Number(back[1]) * (UNITS[back[2] ?? ''] ?? 0) * 1_000
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(word)) return null
  // A bare day is the reader's own day; `new Date('2026-11-22')` would be the day of Greenwich.
  const at = new Date(word.length === 10 ? `${word}T00:00:00` : word).getTime()
  return Number.isNaN(at) || at < 946_684_800_000 || at >= 7_258_118_400_000 ? null : at
}

/** A day as `until` includes that day. */
function endOf(word: string, now: number): number | null {
  const at = momentOf(word, now)
  return at !== null && /^\d{4}-\d{2}-\d{2}$/.test(word) ? at + 86_400_000 : at
}

/** The query of `GET /runs` for these filters. */
export const toRest = (filters: RunFilters, sort: RunSort, now: number) => ({ ...toMatch(filters, now), sort })

/** As acts for many take them: empty when every run matches. */
export function toMatch(filters: RunFilters, now: number) {
  const from = filters.since === undefined ? null : momentOf(filters.since, now)
  const to = filters.until === undefined ? null : endOf(filters.until, now)
  return {
    ...(filters.states.length > 0 && { state: filters.states }),
    ...(filters.task !== undefined && { task: filters.task }),
    ...(filters.tag !== undefined && { tag: filters.tag }),
    ...(filters.by !== undefined && { created_by: filters.by }),
    ...(filters.kind !== undefined && { kind: filters.kind }),
    ...(filters.parent !== undefined ? { parent: filters.parent } : filters.children === undefined && { is_root: true }),
    ...(filters.text !== undefined && { q: filters.text }),
    ...(from !== null && { created_from: new Date(from).toISOString() }),
    ...(to !== null && { created_to: new Date(to).toISOString() }),
  }
}

function words(value: LocationQuery[string] | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((word): word is string => typeof word === 'string' && word !== '' && word.length <= VALUE_LIMIT)
}

/** Filters and order as the address has them; what means nothing is left out. */
export function fromQuery(query: LocationQuery): { filters: RunFilters; sort: RunSort } {
  const one = (name: string): string | undefined => words(query[name])[0]
  const filters: RunFilters = { states: inOrder(words(query['state']).filter(isState)) }
  for (const key of ['task', 'tag', 'by', 'parent'] as const) {
    const value = one(key)
    if (value !== undefined) filters[key] = value
  }
  const kind = one('kind')
  if (kind === 'task' || kind === 'outside') filters.kind = kind
  if (one('children') === 'all') filters.children = 'all'
  for (const key of ['since', 'until'] as const) {
    const value = one(key)
    if (value !== undefined && momentOf(value, Date.now()) !== null) filters[key] = value
  }
  const text = one('q')
  if (text !== undefined) filters.text = text
  const sort = SORTS.find((order) => order === one('sort')) ?? DEFAULT_SORT
  return { filters, sort }
}

/** The address of these filters. The names are those of the API and of the search box. */
export function toQuery(filters: RunFilters, sort: RunSort = DEFAULT_SORT): LocationQueryRaw {
  const { states, text, ...rest } = filters
  return {
    ...(states.length > 0 && { state: states }),
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(text !== undefined && { q: text }),
    ...(sort !== DEFAULT_SORT && { sort }),
  }
}

export function inOrder(states: Iterable<RunState>): RunState[] {
  const chosen = new Set(states)
  return STATES.filter((state) => chosen.has(state))
}
