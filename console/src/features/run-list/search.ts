import { isState, STATES } from '@/ui/states'

import { inOrder, momentOf, VALUE_LIMIT, type RunFilters } from './filters'

/** Words of the search box: `state:running,queued task:grade tag:exam by:ada kind:outside since:24h until:2026-11-22 text "more text"`. */
const KEYS = ['state', 'task', 'tag', 'by', 'kind', 'parent', 'children', 'since', 'until'] as const
type SearchKey = (typeof KEYS)[number]

export type SearchProblem = {
  word: string
  why: 'unknown_state' | 'unknown_kind' | 'unknown_children' | 'not_a_time' | 'empty' | 'too_long'
}

interface Word {
  key: SearchKey | null
  value: string
  /** As it was written. */
  raw: string
  start: number
}

function isKey(word: string): word is SearchKey {
  return (KEYS as readonly string[]).includes(word)
}

/** The text cut into words; quotes hold a word together, `\"` and `\\` stand for themselves within them. */
function cut(text: string): Word[] {
  const pattern = /(\w+):(?=\s|$)|(?:(\w+):)?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/g
  return [...text.matchAll(pattern)].map((match) => {
    const key = match[1] ?? match[2]
    const value = match[3] !== undefined ? match[3].replace(/\\(.)/g, '$1') : (match[4] ?? '')
    if (key !== undefined && isKey(key)) return { key, value, raw: match[0], start: match.index }
    const isQuoted = key === undefined && match[3] !== undefined
    return { key: null, value: isQuoted ? value : match[0], raw: match[0], start: match.index }
  })
}

export function parse(text: string): { filters: RunFilters; problems: SearchProblem[] } {
  const filters: RunFilters = { states: [] }
  const problems: SearchProblem[] = []
  const free: string[] = []
  for (const word of cut(text)) {
    if (word.key === null) free.push(word.value)
    else {
      const why = take(filters, word.key, word.value)
      if (why !== null) problems.push({ word: word.raw, why })
    }
  }
  filters.states = inOrder(filters.states)
  const joined = free.join(' ')
  if (joined.length > VALUE_LIMIT) problems.push({ word: `${joined.slice(0, 24)}…`, why: 'too_long' })
  else if (joined !== '') filters.text = joined
  return { filters, problems }
}

function take(filters: RunFilters, key: SearchKey, value: string): SearchProblem['why'] | null {
  if (value === '') return 'empty'
  if (value.length > VALUE_LIMIT) return 'too_long'
  switch (key) {
    case 'state': {
      const states = value.split(',').filter((state) => state !== '')
      filters.states.push(...states.filter(isState))
      return states.every(isState) ? null : 'unknown_state'
    }
    case 'kind':
      if (value !== 'task' && value !== 'outside') return 'unknown_kind'
      filters.kind = value
      return null
    case 'children':
      if (value !== 'all') return 'unknown_children'
      filters.children = value
      return null
    case 'since':
    case 'until':
      if (momentOf(value, Date.now()) === null) return 'not_a_time'
      filters[key] = value
      return null
    default:
      filters[key] = value
      return null
  }
}

function quoted(value: string): string {
  return /^[^\s"\\]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** A text stays as it is where it reads as itself, and is quoted as a whole where it would read as something else. */
function printText(text: string): string {
  const { filters, problems } = parse(text)
  const isItself = filters.text === text && problems.length === 0 && filters.states.length === 0 && Object.keys(filters).length === 2
  return isItself ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** The search that means these filters: `parse(print(filters))` gives them again. */
export function print(filters: RunFilters): string {
  const parts: string[] = filters.states.length > 0 ? [`state:${filters.states.join(',')}`] : []
  for (const key of KEYS) {
    const value = key === 'state' ? undefined : filters[key]
    if (value !== undefined) parts.push(`${key}:${quoted(value)}`)
  }
  if (filters.text !== undefined) parts.push(printText(filters.text))
  return parts.join(' ')
}

export interface Suggestion {
  /** The whole text with the suggestion taken. */
  text: string
  caret: number
  label: string
}

export interface Known {
  tasks: readonly string[]
  tags: readonly string[]
  people: readonly string[]
}

const TIMES = ['1h', '24h', '7d', '30d']
const SHOWN = 16

function valuesOf(key: SearchKey, known: Known): readonly string[] {
  switch (key) {
    case 'state':
      return STATES
    case 'task':
      return known.tasks
    case 'tag':
      return known.tags
    case 'by':
      return known.people
    case 'kind':
      return ['task', 'outside']
    case 'children':
      return ['all']
    case 'parent':
      return []
    default:
      return TIMES
  }
}

/** What may stand at the caret: keys, then the values of a key. */
export function suggest(text: string, caret: number, known: Known): Suggestion[] {
  const word = cut(text).find(({ start, raw }) => caret > start && caret <= start + raw.length)
  const start = word?.start ?? caret
  const end = word ? word.start + word.raw.length : caret
  const put = (insert: string, label: string): Suggestion => ({
    text: text.slice(0, start) + insert + text.slice(end),
    caret: start + insert.length,
    label,
  })
  if (word?.key) {
    const key = word.key
    const parts = word.value.split(',')
    const last = key === 'state' ? (parts.pop() ?? '') : word.value
    const before = key === 'state' && parts.length > 0 ? `${parts.join(',')},` : ''
    const isWanted = (value: string): boolean =>
      value.toLowerCase().includes(last.toLowerCase()) && value !== last && !parts.includes(value)
    return valuesOf(key, known)
      .filter((value) => isWanted(value))
      .slice(0, SHOWN)
      .map((value) => put(`${key}:${key === 'state' ? before + value : quoted(value)} `, value))
  }
  const typed = (word?.value ?? '').toLowerCase()
  const keys = KEYS.filter((key) => key.startsWith(typed)).map((key) => put(`${key}:`, `${key}:`))
  const states =
    typed === '' ? [] : STATES.filter((state) => state.startsWith(typed)).map((state) => put(`state:${state} `, `state:${state}`))
  return [...keys, ...states].slice(0, SHOWN)
}
