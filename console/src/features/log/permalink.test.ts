import { describe, expect, it } from 'vitest'

import { formatLines, isWithin, LINES_LIMIT, parseLines, pickLine } from './permalink'

describe('lines in the address', () => {
  it('reads what it writes', () => {
    for (const hash of ['#L1', '#L1203-L1210']) expect(formatLines(parseLines(hash))).toBe(hash)
    expect(parseLines('#L9-3')).toEqual({ from: 3, to: 9 })
  })

  it('knows nothing of other hashes', () => {
    for (const hash of ['', '#', '#L', '#L0', '#L-4', '#Lx', '#L1-L', '#L1-L2x', '#L99999999999999']) expect(parseLines(hash)).toBeNull()
    expect(formatLines(null)).toBe('')
  })

  it('is bounded', () => {
    expect(parseLines('#L1-L99999999')).toEqual({ from: 1, to: LINES_LIMIT })
    expect(pickLine(null, 1, 99_999_999, true)?.to).toBe(LINES_LIMIT)
  })

  it('picks a line, a range with shift, and nothing when picked again', () => {
    expect(pickLine(null, null, 7, false)).toEqual({ from: 7, to: 7 })
    expect(pickLine({ from: 7, to: 7 }, 7, 3, true)).toEqual({ from: 3, to: 7 })
    expect(pickLine({ from: 7, to: 7 }, 7, 7, false)).toBeNull()
    expect(isWithin({ from: 3, to: 7 }, 7)).toBe(true)
    expect(isWithin({ from: 3, to: 7 }, 8)).toBe(false)
    expect(isWithin(null, 8)).toBe(false)
  })
})
