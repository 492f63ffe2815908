import { describe, expect, it } from 'vitest'

import { follow, FOLLOWING, newLines } from './follow'

describe('following a log', () => {
  it('stops at any move upwards and counts what is new since', () => {
    const held = follow(FOLLOWING, { kind: 'moved_up', last: 100 })
    expect(newLines(held, 1304)).toBe(1204)
    expect(follow(held, { kind: 'moved_up', last: 500 })).toBe(held)
    expect(newLines(FOLLOWING, 1304)).toBe(0)
  })

  it('goes on at the end, by itself or when asked', () => {
    const held = follow(FOLLOWING, { kind: 'jumped', last: 1 })
    expect(follow(held, { kind: 'reached_end' })).toBe(FOLLOWING)
    expect(follow(held, { kind: 'asked' })).toBe(FOLLOWING)
  })

  it('is turned off and on by its key', () => {
    const held = follow(FOLLOWING, { kind: 'toggled', last: 3 })
    expect(held).toEqual({ phase: 'held', since: 3 })
    expect(follow(held, { kind: 'toggled', last: 9 })).toBe(FOLLOWING)
  })
})
