import { describe, expect, it, vi } from 'vitest'

import { inTurn, type BulkResult } from './bulk'
import { DEFAULT_COLUMNS, isDefault, keepColumns, keptColumns, readColumns, tracksOf } from './columns'
import { extend, NONE, selectMatching, toggle } from './selection'

describe('a selection', () => {
  const shown = ['a', 'b', 'c', 'd', 'e']

  it('takes single rows and ranges, in both directions', () => {
    const one = toggle(NONE, 'd')
    expect([...extend(one, 'b', shown).ids].sort()).toEqual(['b', 'c', 'd'])
    expect([...extend(extend(one, 'b', shown), 'e', shown).ids].sort()).toEqual(['b', 'c', 'd', 'e'])
    expect([...toggle(one, 'd').ids]).toEqual([])
  })

  it('begins anew where the anchor is no longer shown', () => {
    expect([...extend(toggle(NONE, 'gone'), 'c', shown).ids].sort()).toEqual(['c', 'gone'])
    expect(extend(NONE, 'unknown', shown)).toBe(NONE)
  })

  it('no longer means all that match once a row is taken out', () => {
    const all = selectMatching(shown)
    expect(all.isAll).toBe(true)
    expect(toggle(all, 'a').isAll).toBe(false)
  })
})

describe('columns', () => {
  it('are read in our order, unknown ones left out, and state and name always stand', () => {
    expect(readColumns('worker,bogus,eta')).toEqual(['state', 'name', 'eta', 'worker'])
    expect(readColumns('bogus')).toBeNull()
    expect(readColumns(null)).toBeNull()
  })

  it('are kept, and a browser that keeps nothing has the usual ones', () => {
    keepColumns(localStorage, ['state', 'name', 'worker'])
    expect(keptColumns(localStorage)).toEqual(['state', 'name', 'worker'])
    const broken = {
      getItem: () => {
        throw new Error('forbidden')
      },
    }
    expect(isDefault(keptColumns(broken))).toBe(true)
    localStorage.removeItem('headway.runs.columns')
  })

  it('have a track each, after that of the tick box', () => {
    expect(tracksOf(DEFAULT_COLUMNS).template.split(' ')[0]).toBe('32px')
    expect(tracksOf(DEFAULT_COLUMNS).least).toBeGreaterThan(800)
  })
})

describe('a bulk action', () => {
  const runs = Array.from({ length: 25 }, (_, index) => `r${String(index)}`)

  it('does each once, at most four at a time', async () => {
    let active = 0
    let most = 0
    const results: BulkResult[] = []
    await inTurn(
      runs,
      async (run) => {
        active += 1
        most = Math.max(most, active)
        await Promise.resolve()
        active -= 1
        return { run, outcome: 'done' }
      },
      { signal: new AbortController().signal, onResult: (result) => results.push(result) },
    )
    expect(results.map(({ run }) => run).sort()).toEqual([...runs].sort())
    expect(most).toBe(4)
  })

  it('takes no further run once it is stopped', async () => {
    const stop = new AbortController()
    const act = vi.fn((run: string) => {
      if (run === 'r5') stop.abort()
      return Promise.resolve<BulkResult>({ run, outcome: 'done' })
    })
    await inTurn(runs, act, { signal: stop.signal, onResult: () => undefined })
    expect(act.mock.calls.length).toBeLessThan(12)
  })
})
