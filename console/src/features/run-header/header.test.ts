import type { Bar, View } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { acts, adviceOf, whyNot } from './acts'
import { barsOf } from './bars'
import { neighboursOf, readList } from './neighbours'

const task = { kind: 'task', task: 'grade' }

describe('what can be done with a run', () => {
  it('depends on its state, and says why not', () => {
    const why = (view: View, detail = task as { kind: string; task: string | null }) =>
      Object.fromEntries(acts.map((act) => [act, whyNot(act, view, detail)]))
    expect(why({ state: 'running' })).toEqual({
      cancel: null,
      pause: 'noCheckpoint',
      resume: 'notPaused',
      retry: 'notFinal',
      clone: null,
      share: null,
      dump: null,
      deleteLog: 'notFinal',
      delete: 'notFinal',
    })
    expect(why({ state: 'running', checkpoint: 3 }).pause).toBeNull()
    expect(whyNot('pause', { state: 'running' }, { ...task, options: { is_resumable: true } })).toBeNull()
    expect(why({ state: 'queued' }).pause).toBeNull()
    expect(why({ state: 'paused' })).toMatchObject({ pause: 'asked', resume: null, cancel: null })
    expect(why({ state: 'pausing' }).resume).toBeNull()
    expect(why({ state: 'cancelling' }).pause).toBe('cancelling')
    expect(why({ state: 'failed' })).toEqual({
      cancel: 'final',
      pause: 'final',
      resume: 'notPaused',
      retry: null,
      clone: null,
      share: null,
      dump: 'notRunning',
      deleteLog: null,
      delete: null,
    })
    expect(why({ state: 'failed', log_deleted: { to: 3, by: 'anna', at: 'T' } }).deleteLog).toBe('logGone')
    expect(why({ state: 'cancelling' }).cancel).toBe('asked')
    expect(why({ state: 'queued' })).toMatchObject({ cancel: null, dump: 'notRunning' })
    expect(why({ state: 'lost' }, { kind: 'outside', task: null })).toEqual({
      cancel: 'final',
      pause: 'final',
      resume: 'notPaused',
      retry: 'outside',
      clone: 'noTask',
      share: null,
      dump: 'outside',
      deleteLog: null,
      delete: null,
    })
  })

  it('has advice for every error', () => {
    expect(adviceOf('poisoned', 'failed')).toBe('poisoned')
    expect(adviceOf(undefined, 'timed_out')).toBe('timed_out')
    expect(adviceOf('anything', 'failed')).toBe('other')
  })
})

describe('bars', () => {
  const bar = (done: number, more: Partial<Bar> = {}): Bar => ({ done, total: 10, at: `2026-11-22T09:30:0${done}.000Z`, ...more })

  it('show the one of the header once, and closed ones last', () => {
    const { name, done, total, at } = bar(3, { name: 'rows' })
    const view = {
      progress: { name: name ?? '', done, total: total ?? 0, at },
      bars: { a: bar(1, { is_closed: true }), main: bar(3, { name: 'rows' }), b: bar(2) },
    }
    const { main, others } = barsOf(view)
    expect(main?.done).toBe(3)
    expect(others.map((one) => one.id)).toEqual(['b', 'a'])
  })

  it('show the progress of a run that keeps no bars', () => {
    expect(barsOf({ progress: { done: 4, at: '2026-11-22T09:30:00.000Z' } })).toMatchObject({ main: { done: 4 }, others: [] })
    expect(barsOf({})).toEqual({ main: null, others: [] })
  })
})

describe('the list that a run was opened from', () => {
  it('gives the runs beside it and the way back', () => {
    const list = readList({ runs: ['a', 'b', 7, 'c'], back: '/runs?state=failed' })
    expect(list).toEqual({ runs: ['a', 'b', 'c'], back: '/runs?state=failed' })
    expect(neighboursOf(list, 'b')).toEqual({ previous: 'a', next: 'c' })
    expect(neighboursOf(list, 'a').previous).toBeNull()
    expect(neighboursOf(list, 'x')).toEqual({ previous: null, next: null })
  })

  it('goes back to the runs when there was none', () => {
    for (const state of [null, undefined, 'x', {}, { back: '/tasks' }, { back: 'https://elsewhere' }, { runs: 'a' }])
      expect(readList(state)).toEqual({ runs: [], back: '/runs' })
  })
})
