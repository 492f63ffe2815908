import { describe, expect, it } from 'vitest'

import { estimate, type Estimate, type Guide, type Seen } from '../src'
import { casesOf } from './cases'

interface Suite {
  name: string
  guides: Record<string, Guide>
  cases: { name: string; guide: string; seen: Seen; says: Estimate | null }[]
}

describe.each(casesOf<Suite>('eta'))('$name', ({ case: { guides, cases } }) => {
  it.each(cases)('$name', ({ guide, seen, says }) => {
    const chosen = guides[guide]
    if (!chosen) throw new Error(guide)
    const said = estimate(chosen, seen)
    if (says === null || said === null) {
      expect(said).toBe(says)
      return
    }
    expect([said.basis, said.is_slower_than_usual]).toEqual([says.basis, says.is_slower_than_usual])
    for (const end of ['low', 'middle', 'high'] as const) expect(said.left[end]).toBeCloseTo(says.left[end], 4)
    if (says.slowness === null) expect(said.slowness).toBeNull()
    else expect(said.slowness).toBeCloseTo(says.slowness, 4)
  })
})
