import type { Entry } from '@headway/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'

import { type Hit, hitBeyond, hitFrom, HITS_KEPT, type HitsPage, type LoadHits, matchesIn, type Query, useHits } from './hits'

const hit = (line: number, text = 'an error', spans: [number, number][] = [[3, 8]]): Hit => ({
  line,
  kind: 'log.written',
  level: 'error',
  at: '2026-11-22T09:30:00.000Z',
  attempt: 1,
  step: null,
  text,
  spans,
  begin: 0,
})
const page = (lines: number[], scanned_to: number, next_cursor: string | null = null): HitsPage => ({
  items: lines.map((line) => hit(line)),
  scanned_to,
  next_cursor,
})

const scope = effectScope()
afterEach(() => {
  vi.useRealTimers()
})

describe('hits of a query', () => {
  it('reads page after page, then only what is new', async () => {
    vi.useFakeTimers()
    const last = ref(100)
    const asked: number[] = []
    const answers = [page([3], 50, '51'), page([70], 100), page([140], 150)]
    const load: LoadHits = (_query, from) => {
      asked.push(from)
      return Promise.resolve(answers.shift() ?? page([], 150))
    }
    const { found } =
      scope.run(() =>
        useHits(
          load,
          () => ({ q: 'error' }),
          () => last.value,
        ),
      ) ?? expect.fail()
    await vi.waitFor(() => {
      expect(found.value.isLoading).toBe(false)
    })
    expect(found.value.items.map((one) => one.line)).toEqual([3, 70])
    last.value = 150
    await vi.advanceTimersByTimeAsync(1_000)
    expect(found.value.items.map((one) => one.line)).toEqual([3, 70, 140])
    expect(asked).toEqual([1, 51, 101])
  })

  it('drops what an earlier query still finds', async () => {
    const query = ref<Query | null>({ q: 'a' })
    const waiting: ((answer: HitsPage) => void)[] = []
    const load: LoadHits = () => new Promise((resolve) => waiting.push(resolve))
    const { found } =
      scope.run(() =>
        useHits(
          load,
          () => query.value,
          () => 10,
        ),
      ) ?? expect.fail()
    query.value = { q: 'b' }
    await vi.waitFor(() => {
      expect(waiting).toHaveLength(2)
    })
    waiting[0]?.(page([1], 10))
    waiting[1]?.(page([2], 10))
    await vi.waitFor(() => {
      expect(found.value.items.map((one) => one.line)).toEqual([2])
    })
  })

  it('keeps a bounded number and says so; a problem is kept for the person', async () => {
    const many = page(
      Array.from({ length: HITS_KEPT + 1 }, (_, at) => at + 1),
      9,
    )
    const cut =
      scope.run(() =>
        useHits(
          () => Promise.resolve(many),
          () => ({ q: 'x' }),
          () => 9,
        ),
      ) ?? expect.fail()
    const bad =
      scope.run(() =>
        useHits(
          () => Promise.reject(new Error('no')),
          () => ({ q: '(' }),
          () => 9,
        ),
      ) ?? expect.fail()
    await vi.waitFor(() => {
      expect(cut.found.value.isCut).toBe(true)
    })
    expect(cut.found.value.items).toHaveLength(HITS_KEPT)
    expect(bad.found.value.problem).toBeInstanceOf(Error)
  })
})

describe('going from hit to hit', () => {
  const hits = [hit(5), hit(9), hit(20)]

  it('goes round', () => {
    expect(hitFrom(hits, 6)).toBe(1)
    expect(hitFrom(hits, 21)).toBe(0)
    expect(hitFrom([], 1)).toBe(-1)
    expect([5, 20, 6, null].map((line) => hitBeyond(hits, line, 1))).toEqual([1, 0, 1, 0])
    expect([5, 9, 6, null].map((line) => hitBeyond(hits, line, -1))).toEqual([2, 0, 0, 2])
  })

  it('finds the matches again in the whole text', () => {
    const entry = (text: string): Entry => ({ kind: 'log.written', at: '', seq: 1, line: 1, attempt: 1, text })
    expect(matchesIn(entry('an error'), hit(1))).toEqual([[3, 8]])
    expect(matchesIn(entry('long before an error and after'), hit(1, '…an error…', [[4, 9]]))).toEqual([[15, 20]])
    expect(matchesIn(entry('something else'), hit(1))).toEqual([])
  })
})
