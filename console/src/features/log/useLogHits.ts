import type { Entry, View } from '@headway/client'
import { computed } from 'vue'

import { rest } from '@/live/rest'

import { entryOf, type Hit, type LoadHits, matchesIn, type Query, useHits } from './hits'
import { type Match, matchesOf } from './pieces'
import type { LogSource } from '@/live/log'

interface Asked {
  run: string
  log: LogSource
  view: View | null
  search: () => Query | null
  filter: () => Query | null
}

/** What the server finds in this log: matches of the search, lines of the filter, and where the warnings and errors are. */
export function useLogHits(asked: Asked) {
  const load: LoadHits = (query, from, signal) => {
    const { levels, ...rest_ } = query
    return rest.searchLog({
      path: { run: asked.run },
      query: { ...rest_, from, limit: 1000, ...(levels?.length ? { levels: levels.join(',') } : {}) },
      signal,
    })
  }
  const last = (): number => asked.log.last.value
  const search = useHits(load, () => searchWithin(asked.search(), asked.filter()), last)
  const filter = useHits(load, asked.filter, last)
  const has = (...names: ('warning' | 'error' | 'critical')[]): boolean => names.some((name) => asked.view?.counters?.[name])
  const errors = useHits(load, () => (has('error', 'critical') ? { levels: ['error', 'critical'] } : null), last)
  const warnings = useHits(load, () => (has('warning') ? { levels: ['warning'] } : null), last)

  const hitOf = computed(() => new Map(search.found.value.items.map((hit) => [hit.line, hit])))
  const only = computed(() => (asked.filter() ? filter.found.value.items.map((hit) => hit.line) : null))
  const known = computed(() => new Map(filter.found.value.items.map((hit) => [hit.line, entryOf(hit)])))
  return {
    search: search.found,
    filter: filter.found,
    errors: errors.found,
    warnings: warnings.found,
    only,
    known,
    matchesOf: useMatches(asked.search, () => hitOf.value),
  }
}

function searchWithin(search: Query | null, filter: Query | null): Query | null {
  return search && { ...filter, ...search }
}

/** The matches to mark in a row. The same answer for the same entry and search, so that a row is drawn only when it changed. */
function useMatches(search: () => Query | null, hits: () => ReadonlyMap<number, Hit>) {
  return computed(() => {
    const query = search()
    if (!query?.q) return null
    const found = query.regex ? hits() : null
    const kept = new WeakMap<Entry, readonly Match[]>()
    return (entry: Entry): readonly Match[] => {
      const known = kept.get(entry)
      if (known) return known
      const hit = found?.get(entry.line)
      const made = query.regex ? (hit ? matchesIn(entry, hit) : []) : matchesOf(entry.text ?? '', query.q ?? '', query.case ?? false)
      kept.set(entry, made)
      return made
    }
  })
}
