import { describe, expect, it } from 'vitest'

import { isAtEnd, lowest, moved, placeAt, TALLEST, tallness } from './scroller'

const small = { total: 10_000, seen: 500 }
const huge = { total: 20_000_000, seen: 500 }

describe('scrolling a list of any length', () => {
  it('is what the browser does while it can', () => {
    expect(placeAt(300, small)).toEqual({ top: 300, bar: 300 })
    expect(moved({ top: 300, bar: 300 }, 320, small)).toEqual({ top: 320, bar: 320 })
    expect(placeAt(1e9, small).top).toBe(9500)
    expect(tallness(small)).toBe(10_000)
  })

  it('moves a huge list pixel by pixel, and in proportion when the bar is dragged', () => {
    const middle = placeAt(10_000_000, huge)
    expect(tallness(huge)).toBe(TALLEST)
    expect(moved(middle, middle.bar + 40, huge).top).toBe(middle.top + 40)
    expect(moved(middle, 0, huge).top).toBe(0)
    expect(moved(middle, TALLEST - huge.seen, huge).top).toBe(lowest(huge))
    expect(moved(middle, middle.bar / 2, huge).top / middle.top).toBeCloseTo(0.5, 3)
  })

  it('knows the end', () => {
    expect(isAtEnd(placeAt(1e9, huge), huge)).toBe(true)
    expect(isAtEnd(placeAt(1e7, huge), huge)).toBe(false)
    expect(isAtEnd({ top: 0, bar: 0 }, { total: 100, seen: 500 })).toBe(true)
  })
})
