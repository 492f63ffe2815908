import { describe, expect, it } from 'vitest'

import { marked, TIME_STEPS } from './ticks'

describe('the marks of an axis', () => {
  it('stand where a clock is round', () => {
    const odd = TIME_STEPS.filter((step) => step >= 60 && step < 86_400 && (86_400 % step !== 0 || step % 60 !== 0))
    expect(odd).toEqual([])
    expect(TIME_STEPS).not.toContain(1_000)
    expect([...TIME_STEPS].sort((one, other) => one - other)).toEqual(TIME_STEPS)
  })

  it('begin at nothing, though the least time that is told is a millisecond', () => {
    expect(marked([0, 0.02], (seconds) => `${Math.max(1, seconds * 1_000)} ms`)).toEqual(['0', '20 ms'])
  })
})
