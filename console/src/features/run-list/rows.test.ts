import { describe, expect, it, vi } from 'vitest'

import { allOf, begin, callsOf, eachOf, reasonsOf, type BulkProgress } from './bulk'
import { DEFAULT_COLUMNS, isDefault, keepColumns, keptColumns, readColumns, tracksOf } from './columns'
import { toMatch } from './filters'
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
  const never = new AbortController().signal

  const none = { succeeded: 0, failed_count: 0, failed: [], skipped_count: 0, skipped: [], started: [] }
  const look = (names: string[]) => Promise.resolve({ ...none, matched: names.length, next_cursor: `look at ${String(names[0])}` })
  const alone = (id: string) => ({ id, parent: null })

  it('is told of each that is named: done, refused, left to an ancestor, moved on, or plainly not concerned', async () => {
    let progress = begin(null)
    const act = (names: string[]) =>
      Promise.resolve({
        matched: names.length,
        succeeded: 2,
        failed_count: 2,
        failed: [
          { id: 'r2', problem: { code: 'no_checkpoint', detail: 'No checkpoint.' } },
          { id: 'r3', problem: { code: 'run_final', detail: 'It has ended.' } },
        ],
        skipped_count: 1,
        skipped: [{ id: 'r4', ancestor: 'r0' }],
        started: [{ id: 'r0', run: 'r0-again' }],
      })
    const left = [{ run: 'old', outcome: 'skipped', why: 'bulkNotEnded' } as const]
    await eachOf(['r0', 'r1', 'r2', 'r3', 'r4'].map(alone), left, look, act)(never, (now) => (progress = now))
    expect(progress).toMatchObject({ total: 6, reached: 6, done: 2, skipped: 3, failed: 1 })
    expect(Object.fromEntries(progress.results.map(({ run, ...more }) => [run, more]))).toEqual({
      old: { outcome: 'skipped', why: 'bulkNotEnded' },
      r0: { outcome: 'done', made: 'r0-again' },
      r1: { outcome: 'done' },
      r2: { outcome: 'failed', why: 'No checkpoint.', code: 'no_checkpoint' },
      r3: { outcome: 'skipped', why: 'bulkEnded' },
      r4: { outcome: 'skipped', why: 'bulkByParent' },
    })
  })

  it('asks again by the same cursor where the answer got lost, and takes no further call once it is stopped', async () => {
    const asked: [number, string | null][] = []
    const stop = new AbortController()
    const act = (names: string[], cursor: string | null) => {
      asked.push([names.length, cursor])
      if (asked.length === 1) return Promise.reject(new Error('gone'))
      return Promise.resolve({ ...none, matched: names.length, succeeded: names.length })
    }
    let progress = begin(null)
    const work = eachOf(
      Array.from({ length: 3_000 }, (_, at) => alone(`r${String(at)}`)),
      [],
      look,
      act,
    )
    await expect(work(never, (now) => (progress = now))).rejects.toThrow('gone')
    await work(stop.signal, (now) => {
      progress = now
      if (now.reached === 2_000) stop.abort()
    })
    expect(asked).toEqual([
      [1_000, 'look at r0'],
      [1_000, 'look at r0'],
      [1_000, 'look at r1000'],
    ])
    expect(progress).toMatchObject({ reached: 2_000, done: 2_000 })
  })

  it('names those of a family in one call, each once', () => {
    const run = (id: string, parent: string | null) => ({ id, parent })
    const runs = [run('a', null), run('b', null), run('c', null), run('b1', 'b'), run('a1', 'a'), run('b2', 'b1'), run('b', null)]
    expect(callsOf(runs, 4).map((call) => call.map(({ id }) => id))).toEqual([
      ['a', 'a1'],
      ['b', 'b1', 'b2', 'c'],
    ])
    expect(callsOf(runs, 2).map((call) => call.length)).toEqual([2, 2, 2])
  })

  /** A server of 1,200 runs, of which every hundredth fails. */
  function call({ limit, cursor = 'look' }: { limit: number; cursor?: string }) {
    const first = cursor === 'look' ? 0 : Number(cursor)
    const matched = Math.min(limit, 1_200 - first)
    const failed = Array.from({ length: matched }, (_, index) => first + index).filter((number) => number % 100 === 0)
    const next = first + matched
    return Promise.resolve({
      matched,
      succeeded: matched - failed.length,
      failed_count: failed.length,
      failed: failed.map((number) => ({
        id: `r${String(number)}`,
        problem: { code: number < 1_000 ? 'busy' : 'gone', detail: `${String(number)} fails` },
      })),
      skipped_count: 0,
      skipped: [],
      started: [],
      next_cursor: next < 1_200 ? String(next) : null,
    })
  }

  it('on all that match goes on to the end, and says why some failed', async () => {
    const told: BulkProgress[] = []
    await allOf(1_200, null, call)(never, (now) => told.push(now))
    expect(told.map(({ reached }) => reached)).toEqual([500, 1_000, 1_200])
    expect(told.at(-1)).toMatchObject({ done: 1_188, failed: 12, skipped: 0 })
    expect(reasonsOf(told.at(-1)?.results ?? [])).toEqual([
      { code: 'busy', why: '0 fails', count: 10 },
      { code: 'gone', why: '1000 fails', count: 2 },
    ])
  })

  it('on all that match stops between two steps', async () => {
    const stop = new AbortController()
    const act = vi.fn(call)
    let progress = begin(null)
    await allOf(
      null,
      null,
      act,
    )(stop.signal, (now) => {
      progress = now
      if (now.reached === 1_000) stop.abort()
    })
    expect(act).toHaveBeenCalledTimes(2)
    expect(progress.reached).toBe(1_000)
  })

  it('on all that match goes on after a failure where it stood', async () => {
    let isBroken = true
    const act = vi.fn((step: { limit: number; cursor?: string }) => {
      if (step.cursor !== '500' || !isBroken) return call(step)
      isBroken = false
      return Promise.reject(new Error('gone'))
    })
    const work = allOf(1_200, 'look', act)
    let progress = begin(1_200)
    const tell = (now: BulkProgress) => (progress = now)
    await expect(work(never, tell)).rejects.toThrow('gone')
    await work(never, tell)
    expect(progress).toMatchObject({ reached: 1_200, done: 1_188, failed: 12 })
  })

  it('on all that match begins with the cursor of the look, also when the first answer got lost', async () => {
    const asked: (string | undefined)[] = []
    const act = (step: { limit: number; cursor?: string }) => {
      asked.push(step.cursor)
      return asked.length === 1 ? Promise.reject(new Error('gone')) : call(step)
    }
    const work = allOf(1_200, 'look', act)
    await expect(work(never, () => undefined)).rejects.toThrow('gone')
    await work(never, () => undefined)
    expect(asked).toEqual(['look', 'look', '500', '1000'])
  })

  it('on all that match tells those that come with their parents as left, and not as failed', async () => {
    let progress = begin(3)
    const answer = {
      matched: 3,
      succeeded: 1,
      failed_count: 0,
      failed: [],
      skipped_count: 2,
      skipped: ['a', 'b'].map((id) => ({ id, ancestor: 'p' })),
      started: [],
    }
    await allOf(3, null, () => Promise.resolve(answer))(never, (now) => (progress = now))
    expect(progress).toMatchObject({ reached: 3, done: 1, skipped: 2, failed: 0 })
    expect(progress.results).toContainEqual({ run: 'a', outcome: 'skipped', why: 'bulkByParent' })
  })
})

describe('the filter of an act for many', () => {
  it('is that of the list without its order, and empty only where every run is meant', () => {
    expect(toMatch({ states: ['failed'], task: 'grade' }, 0)).toEqual({ state: ['failed'], task: 'grade', is_root: true })
    expect(toMatch({ states: [] }, 0)).toEqual({ is_root: true })
    expect(toMatch({ states: [], children: 'all' }, 0)).toEqual({})
  })
})
