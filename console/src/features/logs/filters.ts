import type { Level } from '@headway/client'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import type { LogQuery } from '@/live/logFeed'

const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const satisfies readonly Level[]
export const SINCES = ['15m', '1h', '24h', '7d', '30d'] as const
type Since = (typeof SINCES)[number]
const UNITS: Record<string, number> = { m: 60, h: 3_600, d: 86_400 }

/** Which lines of all logs are shown. All of it stands in the address. */
export interface LogFilters {
  levels: Level[]
  text: string
  isRegex: boolean
  isCase: boolean
  task: string
  run: string
  project: string
  since: Since | ''
  /** `sheet=7`. */
  fields: string[]
  order: 'newest' | 'oldest'
}

export const NO_FILTERS: LogFilters = {
  levels: [],
  text: '',
  isRegex: false,
  isCase: false,
  task: '',
  run: '',
  project: '',
  since: '',
  fields: [],
  order: 'newest',
}

const LIMIT = 200
const FIELDS_LIMIT = 10

export function fromQuery(query: LocationQuery): LogFilters {
  const all = (name: string): string[] =>
    [query[name]].flat().filter((word): word is string => typeof word === 'string' && word !== '' && word.length <= LIMIT * 2 + 1)
  const one = (name: string): string => all(name)[0] ?? ''
  const named = one('levels').split(',')
  const levels = LEVELS.filter((level) => named.includes(level))
  return {
    levels: levels.length === LEVELS.length ? [] : levels,
    text: one('q'),
    isRegex: one('regex') === '1',
    isCase: one('case') === '1',
    task: one('task').slice(0, LIMIT),
    run: one('run').slice(0, LIMIT),
    project: one('project').slice(0, LIMIT),
    since: SINCES.find((each) => each === one('since')) ?? '',
    fields: all('field').filter(isField).slice(0, FIELDS_LIMIT),
    order: one('order') === 'oldest' ? 'oldest' : 'newest',
  }
}

export function toQuery(filters: LogFilters): LocationQueryRaw {
  const { levels, text, isRegex, isCase, fields, order, ...words } = filters
  return {
    ...(levels.length > 0 && { levels: levels.join() }),
    ...(text !== '' && { q: text, ...(isRegex && { regex: '1' }), ...(isCase && { case: '1' }) }),
    ...Object.fromEntries(Object.entries(words).filter(([, word]) => word !== '')),
    ...(fields.length > 0 && { field: fields }),
    ...(order === 'oldest' && { order }),
  }
}

/** The query of `GET /logs`. `now`: milliseconds since 1970, by the server's clock. */
export function toRest(filters: LogFilters, now: number): LogQuery {
  const back = /^(\d+)([mhd])$/.exec(filters.since)
  const from = back && now - Number(back[1]) * (UNITS[back[2] ?? ''] ?? 0) * 1_000
  return {
    ...(filters.levels.length > 0 && { levels: filters.levels.join() }),
    ...(filters.text !== '' && { q: filters.text, regex: filters.isRegex, case: filters.isCase }),
    ...(filters.task !== '' && { task: filters.task }),
    ...(filters.run !== '' && { run: filters.run }),
    ...(filters.project !== '' && { project: filters.project }),
    ...(from !== null && { from: new Date(from).toISOString() }),
    ...Object.fromEntries(
      filters.fields.map((field) => [`field.${field.slice(0, field.indexOf('='))}`, field.slice(field.indexOf('=') + 1)]),
    ),
    order: filters.order,
  }
}

export function isField(text: string): boolean {
  const at = text.indexOf('=')
  return at > 0 && at <= LIMIT && text.length - at - 1 <= LIMIT
}

export function isEmpty(filters: LogFilters): boolean {
  return Object.keys(toQuery({ ...filters, order: 'newest' })).length === 0
}
