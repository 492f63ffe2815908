import type { Sample } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { barsOf, currentOf, lineOf } from './samples'

const T0 = Date.UTC(2026, 10, 22, 9)
const times = [T0, T0 + 30_000, T0 + 60_000]
const series = (levels: Record<string, (number | null)[]>, counts: Record<string, (number | null)[]> = {}) => ({
  name: 'lab-3',
  label: null,
  current: null,
  levels,
  peaks: levels,
  counts,
  p50: {},
  p95: {},
})
const sample = (at: number, more: Partial<Sample>): Sample => ({
  kind: 'host',
  name: 'lab-3',
  at: new Date(at).toISOString(),
  seconds: 10,
  levels: {},
  counts: {},
  p50: {},
  p95: {},
  ...more,
})

describe('samples as lines', () => {
  it('keeps the whole time and its gaps, and goes on with what comes live', () => {
    const live = [sample(T0 + 30_000, { levels: { cpu: 99 } }), sample(T0 + 90_000, { levels: { cpu: 7 } })]
    const line = lineOf(times, { series: series({ cpu: [1, null, 3] }), reading: 'levels', value: 'cpu', label: 'lab-3', live })
    expect(line.xs).toEqual([...times, T0 + 90_000].map((at) => at / 1000))
    expect(line.ys).toEqual([1, null, 3, 7])
    expect(line).toMatchObject({ last: 7, least: 1, most: 7, count: 3 })
  })

  it('tells counts as so many a second, kept ones by the step and live ones by their own time', () => {
    const live = [sample(T0 + 90_000, { counts: { calls: 50 } })]
    const wanted = { series: series({}, { calls: [30, 60, null] }), reading: 'counts', value: 'calls', label: '', perSeconds: 30 } as const
    expect(lineOf(times, { ...wanted, live }).ys).toEqual([1, 2, null, 5])
  })

  it('is there also for a value of which nothing was ever sampled', () => {
    expect(lineOf(times, { series: series({}), reading: 'p95', value: 'took', label: '' })).toMatchObject({
      count: 0,
      last: null,
      least: null,
    })
  })

  it('knows what is newest', () => {
    const kept = { ...series({}), current: { levels: { cpu: 1 } } }
    expect(currentOf(kept).levels).toEqual({ cpu: 1 })
    expect(currentOf(kept, [sample(T0, { levels: { cpu: 2 } })]).levels).toEqual({ cpu: 2 })
    expect(currentOf(series({}))).toEqual({})
  })

  it('joins buckets to a few bars, and loses no call', () => {
    const spread = Array.from({ length: 60 }, (_, at): [number, number] => [0.001 * 1.105 ** at, at + 1])
    const bars = barsOf(spread)
    expect(bars.length).toBeLessThanOrEqual(16)
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(1830)
    expect(barsOf([])).toEqual([])
    expect(barsOf([[0.004, 3]])).toEqual([{ upTo: 0.004, count: 3 }])
  })
})
