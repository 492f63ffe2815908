import { describe, expect, it } from 'vitest'

import { spanOf } from './reason'

const NOW = Date.parse('2026-11-27T07:40:00Z')
const AT = '2026-11-27T07:42:00Z'

describe('when a run that waits is expected to start', () => {
  it('is a range where one is given', () => {
    const waiting = { expected_start_from: '2026-11-27T07:41:00Z', expected_start_to: '2026-11-27T07:45:00Z' }
    expect(spanOf(waiting, AT, NOW)).toEqual({ low: 60, high: 300, isSoon: false })
  })

  it('is one moment where none is', () => {
    expect(spanOf({ expected_start_from: null, expected_start_to: null }, AT, NOW)).toEqual({ low: 120, high: 120, isSoon: false })
  })

  it('does not lie in the past', () => {
    const waiting = { expected_start_from: '2026-11-27T07:30:00Z', expected_start_to: '2026-11-27T07:41:00Z' }
    expect(spanOf(waiting, '2026-11-27T07:39:00Z', NOW)).toEqual({ low: 0, high: 60, isSoon: false })
    const past = { expected_start_from: '2026-11-27T07:30:00Z', expected_start_to: '2026-11-27T07:40:00Z' }
    expect(spanOf(past, '2026-11-27T07:39:00Z', NOW)).toEqual({ low: 0, high: 0, isSoon: true })
  })
})
