import { describe, expect, it } from 'vitest'

import { binsOf, everyDay, localDay } from './figures'

describe('bins', () => {
  it('hold every value once, with round edges, and never too many', () => {
    for (const values of [
      [0.013, 0.02, 0.5],
      [3, 3, 3],
      [1, 90_000],
      [59, 61, 300],
      [0],
      Array.from({ length: 500 }, (_, index) => index * 7.3),
    ]) {
      const bins = binsOf(values)
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length)
      expect(bins.length).toBeLessThanOrEqual(13)
      expect(bins[0]!.from).toBeLessThanOrEqual(Math.min(...values))
      expect(bins.at(-1)!.to).toBeGreaterThanOrEqual(Math.max(...values))
    }
  })

  it('leave out what is no duration', () => {
    expect(binsOf([])).toEqual([])
    expect(binsOf([Number.NaN, -1, Infinity])).toEqual([])
  })
})

describe('days', () => {
  it('are all there, also those on which nothing ran', () => {
    const ran = { day: '2026-03-01', succeeded: 2, failed: 1, other: 0 }
    expect(everyDay([ran], 3, '2026-03-02')).toEqual([
      { day: '2026-02-28', succeeded: 0, failed: 0, other: 0 },
      ran,
      { day: '2026-03-02', succeeded: 0, failed: 0, other: 0 },
    ])
  })

  it('are those of the reader', () => {
    const late = Date.UTC(2026, 10, 22, 20)
    expect(localDay(late, 480).today).toBe('2026-11-23')
    expect(localDay(late, -300).today).toBe('2026-11-22')
  })
})
