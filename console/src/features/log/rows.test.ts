import { describe, expect, it } from 'vitest'

import { Rows } from './rows'

describe('heights of rows', () => {
  it('agrees with adding them up one by one', () => {
    const rows = new Rows(20)
    rows.count = 3000
    const heights = new Array<number>(3000).fill(20)
    let seed = 7
    for (let round = 0; round < 500; round += 1) {
      seed = (seed * 16807) % 2147483647
      const row = seed % 3000
      const height = 20 + (seed % 5) * 20
      heights[row] = height
      rows.setHeight(row, height)
    }
    let top = 0
    for (let row = 0; row < 3000; row += 1) {
      expect(rows.topOf(row)).toBe(top)
      expect(rows.heightOf(row)).toBe(heights[row])
      top += heights[row] ?? 0
    }
    expect(rows.total).toBe(top)
    for (const wanted of [0, 19, 20, 5000, top - 1]) {
      const row = rows.rowAt(wanted)
      expect(rows.topOf(row)).toBeLessThanOrEqual(wanted)
      expect(rows.topOf(row) + rows.heightOf(row)).toBeGreaterThan(wanted)
    }
  })

  it('finds its way in a million rows, and forgets what was measured long ago', () => {
    const rows = new Rows(20)
    rows.count = 1_000_000
    for (let row = 0; row < 1_000_000; row += 512) rows.setHeight(row, 40)
    expect(rows.total).toBe(20_000_000 + 400 * 20)
    expect(rows.rowAt(rows.total)).toBe(999_999)
    rows.clear()
    expect(rows.total).toBe(20_000_000)
  })

  it('says by how much a row grew', () => {
    const rows = new Rows(20)
    rows.count = 2
    expect(rows.setHeight(1, 60)).toBe(40)
    expect(rows.setHeight(1, 60)).toBe(0)
    expect(rows.setHeight(1, 20)).toBe(-40)
    expect(rows.rowAt(1000)).toBe(1)
  })
})
