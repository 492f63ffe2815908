import type { Entry } from '@headway/client'
import { describe, expect, it, vi } from 'vitest'

import { CHUNK, CHUNK_LIMIT, Log, MISSING } from './log'

const entry = (line: number): Entry => ({ kind: 'log.written', at: 'T', seq: line, line, attempt: 1, text: `${line}` })
const entries = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => entry(from + at))
const lines = (found: Entry[] | undefined) => found?.map(({ line, kind }) => (kind === MISSING ? -line : line))

function kept(first = 1) {
  const asked: [number, number][] = []
  let isAway = false
  const clock = { now: 0 }
  const log = new Log(
    async (from, to) => {
      asked.push([from, to])
      if (isAway) throw new TypeError('fetch failed')
      return entries(Math.max(from, first), to)
    },
    () => clock.now,
  )
  return { asked, log, clock, away: (is: boolean) => (isAway = is) }
}

describe('the log in memory', () => {
  it('gives what came live, without asking', () => {
    const { log, asked } = kept()
    log.add(1, entries(1, 700))
    expect(log.last.value).toBe(700)
    expect(lines(log.range(480, 520))).toEqual(entries(480, 520).map(({ line }) => line))
    expect(asked).toEqual([])
  })

  it('asks for the rest by chunks, once, and says when it is here', async () => {
    const { log, asked } = kept()
    log.know(10_000)
    log.add(10_001, entries(10_001, 10_010))
    expect(log.range(990, 1_010)).toBeUndefined()
    expect(log.range(990, 1_010)).toBeUndefined()
    const before = log.version.value
    await vi.waitFor(() => expect(log.version.value).toBeGreaterThan(before + 1))
    expect(lines(log.range(990, 1_010))).toEqual(entries(990, 1_010).map(({ line }) => line))
    expect(asked).toEqual([
      [501, 1_000],
      [1_001, 1_500],
    ])
  })

  it('asks for the missing part of a chunk of which the newest lines came live', async () => {
    const { log } = kept()
    log.know(700)
    log.add(701, entries(701, 720))
    expect(log.range(690, 710)).toBeUndefined()
    await vi.waitFor(() => expect(lines(log.range(690, 710))).toEqual(entries(690, 710).map(({ line }) => line)))
  })

  it('knows from which line on they are kept, and shows those before as missing', async () => {
    const { log } = kept(42)
    log.know(100)
    expect(log.range(1, 100)).toBeUndefined()
    await vi.waitFor(() => expect(log.first.value).toBe(42))
    expect(lines(log.range(40, 43))).toEqual([-40, -41, 42, 43])
  })

  it('takes gaps at the front and in the middle', () => {
    const { log, asked } = kept()
    log.miss(1, 5)
    log.add(6, entries(6, 8))
    log.miss(9, 11)
    log.add(12, entries(12, 13))
    expect(log.first.value).toBe(6)
    expect(lines(log.range(5, 13))).toEqual([-5, 6, 7, 8, -9, -10, -11, 12, 13])
    expect(asked).toEqual([])
  })

  it('lets go of lines that were deleted, also of those that it holds', () => {
    const { log, asked } = kept()
    log.add(1, entries(1, 720))
    log.drop(700)
    expect(log.first.value).toBe(701)
    expect(lines(log.range(699, 702))).toEqual([-699, -700, 701, 702])
    expect(lines(log.range(1, 2))).toEqual([-1, -2])
    expect(asked).toEqual([])
  })

  it('keeps 20,000 lines in memory, whatever comes, the newest and those looked at', () => {
    const { log } = kept()
    log.add(1, entries(1, CHUNK))
    for (let first = CHUNK + 1; first < 100_000; first += CHUNK) {
      log.add(first, entries(first, first + CHUNK - 1))
      log.range(1, 10) // somebody looks at the beginning
    }
    const chunks = Array.from({ length: 200 }, (_, at) => log.range(at * CHUNK + 1, at * CHUNK + 10)).filter(Boolean)
    expect(chunks).toHaveLength(CHUNK_LIMIT)
    expect(lines(log.range(1, 2))).toEqual([1, 2])
  })

  it('does not ask again at once when the server is away, and does later', async () => {
    const { log, asked, clock, away } = kept()
    log.know(100)
    away(true)
    log.range(1, 10)
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    await vi.waitFor(() => expect(log.range(1, 10)).toBeUndefined())
    expect(asked).toHaveLength(1)
    away(false)
    clock.now = 3_001
    await vi.waitFor(() => expect(lines(log.range(1, 3))).toEqual([1, 2, 3]))
  })

  it('forgets everything when the run begins anew, also what is on its way', async () => {
    const { log } = kept()
    log.know(100)
    log.range(1, 10)
    log.clear()
    const before = log.version.value
    await vi.waitFor(() => expect(log.version.value).toBeGreaterThan(before))
    expect([log.first.value, log.last.value]).toEqual([1, 0])
    log.add(1, [entry(1)])
    expect(lines(log.range(1, 1))).toEqual([1])
  })
})
