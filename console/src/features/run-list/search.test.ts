import { describe, expect, it } from 'vitest'

import { STATES } from '@/ui/states'

import { fromQuery, isEmpty, momentOf, toQuery, toRest, type RunFilters } from './filters'
import { parse, print, suggest } from './search'

/** A small generator with a seed, so that a failing round can be run again. */
function seeded(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  return { next, pick }
}

const PIECES = ['a', 'B', '7', ' ', '"', '\\', ':', 'state:', 'tag:x', ',', '中文', '<b>', '\u202e', '  ', 'by:', '-', "'"]

function anyText({ next, pick }: ReturnType<typeof seeded>): string {
  return Array.from({ length: 1 + Math.floor(next() * 6) }, () => pick(PIECES))
    .join('')
    .slice(0, 200)
}

function anyFilters(random: ReturnType<typeof seeded>): RunFilters {
  const { next, pick } = random
  const filters: RunFilters = { states: STATES.filter(() => next() < 0.2) }
  if (next() < 0.5) filters.task = anyText(random)
  if (next() < 0.5) filters.tag = anyText(random)
  if (next() < 0.3) filters.by = anyText(random)
  if (next() < 0.3) filters.kind = pick(['task', 'outside'] as const)
  if (next() < 0.3) filters.since = pick(['24h', '7d', '2026-11-22'])
  if (next() < 0.3) filters.until = pick(['2026-11-23', '2026-11-22T09:30:00Z'])
  if (next() < 0.6) filters.text = anyText(random)
  return filters
}

describe('the search of the run list', () => {
  it('prints what it would read again, whatever stands in the values', () => {
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const filters = anyFilters(seeded(seed))
      expect({ seed, ...parse(print(filters)) }).toEqual({ seed, filters, problems: [] })
    }
  })

  it('keeps the same filters in the address', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const filters = anyFilters(seeded(seed))
      expect(fromQuery(toQuery(filters, 'name') as never)).toEqual({ filters, sort: 'name' })
    }
  })

  it('reads words in any order, with text between them', () => {
    const { filters, problems } = parse('class state:running,queued task:grade 7b tag:"two words" by:ada kind:outside')
    expect(problems).toEqual([])
    expect(filters).toEqual({
      states: ['queued', 'running'],
      task: 'grade',
      tag: 'two words',
      by: 'ada',
      kind: 'outside',
      text: 'class 7b',
    })
  })

  it('says which words mean nothing, and goes on without them', () => {
    const { filters, problems } = parse(`state:running,hibernating kind:robot since:yesterday tag: task:${'x'.repeat(10_000)} ok`)
    expect(filters).toEqual({ states: ['running'], text: 'ok' })
    expect(problems.map(({ why }) => why)).toEqual(['unknown_state', 'unknown_kind', 'not_a_time', 'empty', 'too_long'])
  })

  it('takes a colon in other words as text', () => {
    expect(parse('http://example.org 12:30').filters).toEqual({ states: [], text: 'http://example.org 12:30' })
  })

  it('suggests keys, then values, and puts them where the caret is', () => {
    const known = { tasks: ['grade', 'import rows'], tags: ['exam'], people: ['ada'] }
    expect(suggest('', 0, known).map(({ label }) => label)).toContain('state:')
    expect(suggest('sta', 3, known)[0]).toMatchObject({ text: 'state:', caret: 6 })
    expect(suggest('state:queued,ru old', 15, known)[0]).toMatchObject({ text: 'state:queued,running  old' })
    expect(suggest('x task:imp', 10, known)[0]).toMatchObject({ text: 'x task:"import rows" ' })
    expect(suggest('tag:', 4, known).map(({ label }) => label)).toEqual(['exam'])
  })
})

describe('filters', () => {
  it('understand times back from now, days and moments, and nothing else', () => {
    const now = Date.UTC(2026, 10, 22, 12)
    expect(momentOf('24h', now)).toBe(now - 86_400_000)
    expect(momentOf('2w', now)).toBe(now - 14 * 86_400_000)
    expect(momentOf('2026-11-22T09:30:00Z', now)).toBe(Date.UTC(2026, 10, 22, 9, 30))
    for (const word of ['yesterday', '2026-13-01', '9999-01-01', '1x', '']) expect(momentOf(word, now)).toBeNull()
  })

  it('include the whole last day', () => {
    const { created_from: from, created_to: to } = toRest({ states: [], since: '2026-11-22', until: '2026-11-22' }, 'name', Date.now())
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(86_400_000)
  })

  it('leave out of an address what means nothing', () => {
    const { filters, sort } = fromQuery({ state: ['running', 'x', null], kind: 'robot', since: 'soon', q: 'y'.repeat(300), sort: 'size' })
    expect(filters).toEqual({ states: ['running'] })
    expect(sort).toBe('-created_at')
    expect(isEmpty({ states: [] })).toBe(true)
    expect(isEmpty(filters)).toBe(false)
  })
})
