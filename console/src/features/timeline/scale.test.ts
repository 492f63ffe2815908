import { describe, expect, it } from 'vitest'

import { GAP_WIDTH, idle, makeScale, merged, ticks, zoomed } from './scale'

const HOUR = 3_600_000

describe('time as room', () => {
  it('joins what overlaps', () => {
    expect(
      merged([
        [5, 8],
        [0, 3],
        [2, 4],
        [6, 7],
      ]),
    ).toEqual([
      [0, 4],
      [5, 8],
    ])
  })

  it('folds a long idle time, and no short one', () => {
    const busy = [
      [0, 60_000],
      [61_000, 120_000],
      [HOUR, HOUR + 60_000],
    ] as const
    const gaps = idle(busy, [0, HOUR + 60_000])
    expect(gaps).toEqual([[120_000, HOUR]])
    const scale = makeScale([0, HOUR + 60_000], 1000, gaps)
    expect(scale.gaps).toHaveLength(1)
    expect(scale.gaps[0]?.width).toBe(GAP_WIDTH)
    expect(scale.x(0)).toBe(0)
    expect(scale.x(HOUR + 60_000)).toBeCloseTo(1000)
    expect(scale.x(120_000)).toBeCloseTo(648)
  })

  it('finds the time of a place and the place of a time', () => {
    const scale = makeScale([0, HOUR], 800, [[600_000, 3_000_000]])
    for (const at of [0, 1000, 300_000, 599_000, 3_100_000, HOUR]) expect(scale.time(scale.x(at))).toBeCloseTo(at, 3)
  })

  it('draws no more ticks than there is room for, none in a gap', () => {
    const scale = makeScale([0, HOUR], 900, [[600_000, 3_000_000]])
    const found = ticks(scale, 0)
    expect(found.length).toBeGreaterThan(4)
    expect(found.length).toBeLessThanOrEqual(13)
    for (const tick of found) expect(tick.at <= 600_000 || tick.at >= 3_000_000).toBe(true)
  })

  it('has a place for a run that has just begun', () => {
    const scale = makeScale([5, 5], 900, [])
    expect(scale.x(5)).toBe(0)
    expect(Number.isFinite(scale.time(450))).toBe(true)
    expect(ticks(scale, 5)[0]?.since).toBe(0)
  })

  it('zooms around a moment and stays within all there is', () => {
    expect(zoomed([0, 1000], 500, 0.5, [0, 1000])).toEqual([250, 750])
    expect(zoomed([0, 100], 0, 4, [0, 1000])).toEqual([0, 400])
    expect(zoomed([900, 1000], 1000, 4, [0, 1000])).toEqual([600, 1000])
    expect(zoomed([0, 1000], 500, 100, [0, 1000])).toEqual([0, 1000])
  })
})
