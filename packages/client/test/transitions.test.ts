import { describe, expect, it } from 'vitest'

import { delayOf } from '../src/backoff'
import * as S from '../src/states'
import type { State } from '../src/states'
import { type Event, transition, type World } from '../src/transitions'
import { below, oneOf, randomOf } from './random'

const WORLD: World = {
  now: 100_000, luck: 0.5, isOnline: true, isVisible: true, isWanted: true, maxAttempts: Infinity, quiet: 0, heartbeat: 25_000,
} // prettier-ignore
const STATES = [S.Idle, S.Fetching, S.Opening, S.Greeting, S.Open, S.Waiting, S.Offline, S.Hidden, S.Stopped, S.Closed]
const EVENTS: Event[] = [
  { type: 'changed' },
  { type: 'woke' },
  { type: 'reconnect' },
  { type: 'close' },
  { type: 'token_got' },
  { type: 'token_failed', isFinal: false, why: 'no network' },
  { type: 'opened' },
  { type: 'welcomed' },
  { type: 'goodbye', code: 4101, why: 'draining', retryIn: 3 },
  { type: 'lost', code: 1006, why: '' },
  { type: 'due' },
  { type: 'tick' },
]
const NO_SOCKET = new Set(['idle', 'waiting', 'offline', 'hidden', 'stopped', 'closed', 'fetching'])

const after = (state: State, event: Event, world: Partial<World> = {}) => transition(state, event, { ...WORLD, ...world })
const lost = (code: number, retryIn?: number): Event => ({ type: 'lost', code, why: '', retryIn })

describe('states', () => {
  it.each(STATES.map((Class) => [Class.name, Class]))('%s is immutable', (_, Class) => {
    const state = new Class(0)
    expect(Object.isFrozen(state)).toBe(true)
    expect(state.name).toBe(Class.name.toLowerCase())
  })

  it('answer every event, in every world, and leave no socket behind', () => {
    for (const Class of STATES)
      for (const event of EVENTS)
        for (let bits = 0; bits < 8; bits++) {
          const world = { isOnline: !!(bits & 1), isVisible: !!(bits & 2), isWanted: !!(bits & 4) }
          const before = new Class(90_000, { failures: 1, due: 100_000 })
          const [state, ...effects] = after(before, event, world)
          const hadSocket = !NO_SOCKET.has(before.name)
          if (hadSocket && NO_SOCKET.has(state.name)) expect(effects, `${before.name} ${event.type}`).toContainEqual({ do: 'drop' })
          if (before.name === 'closed') expect(state.name).toBe('closed')
          if (state === before) expect(effects).toEqual([])
        }
  })

  it('never wait for a moment that is past, whatever happens in whatever order', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = randomOf(seed)
      let state: State = new S.Idle(0)
      let now = 0
      for (let step = 0; step < 60; step++) {
        now += below(random, 30_000)
        const world = {
          now,
          luck: random(),
          isOnline: random() < 0.8,
          isVisible: random() < 0.7,
          isWanted: random() < 0.7,
          quiet: below(random, 90_000),
        }
        ;[state] = after(
          state,
          oneOf(
            random,
            EVENTS.filter(({ type }) => type !== 'close'),
          ),
          world,
        )
        if (state.due !== null) expect(state.due).toBeGreaterThanOrEqual(state.at)
        if (state.name === 'waiting') expect((state.due ?? 0) - now).toBeLessThanOrEqual(20_000)
      }
      const [end] = after(state, { type: 'reconnect' }, { now })
      expect(end.name).toBe('fetching')
    }
  })
})

describe('after a loss', () => {
  it('the hundreds digit decides', () => {
    const open = new S.Open(99_000)
    expect(after(open, lost(1006))[0]).toMatchObject({ name: 'waiting', failures: 1, due: 100_500 })
    expect(after(open, lost(4000))[0]).toMatchObject({ name: 'waiting', due: 100_500 })
    expect(after(open, lost(4108))[0]).toMatchObject({ name: 'waiting', due: 100_000 })
    expect(after(open, lost(4101, 3))[0]).toMatchObject({ name: 'waiting', due: 103_000 })
    expect(after(open, lost(4201))).toEqual([
      expect.objectContaining({ name: 'fetching' }),
      { do: 'drop' },
      { do: 'fetch', isRefused: true },
    ])
    expect(after(open, lost(4503))[0]).toMatchObject({ name: 'stopped', problem: { code: 4503 } })
  })

  it('a code that asks for a token means it also after a wait', () => {
    const [waiting] = after(new S.Greeting(99_000, { failures: 3 }), lost(4201))
    expect(waiting.name).toBe('waiting')
    expect(after(waiting, { type: 'due' }, { now: waiting.due ?? 0 })).toContainEqual({ do: 'fetch', isRefused: true })
  })

  it('waits longer and longer, by chance, and no longer than 20 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 20].map((failures) => delayOf({ code: 1006, why: '' }, failures, 1))
    expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000])
    expect(delayOf({ code: 1006, why: '' }, 9, 0)).toBe(0)
    expect(delayOf({ code: 4101, why: '', retryIn: 1e9 }, 1, 0)).toBe(600_000)
    expect(delayOf({ code: 4101, why: '', retryIn: -1 }, 1, 0)).toBe(0)
  })

  it('counts failures until it was well for ten seconds', () => {
    expect(after(new S.Open(99_000, { failures: 4 }), lost(1006))[0].failures).toBe(5)
    expect(after(new S.Open(90_000, { failures: 4 }), lost(1006))[0].failures).toBe(1)
    expect(after(new S.Open(90_000, { failures: 4 }), { type: 'due' })[0].failures).toBe(0)
  })

  it('stops after as many attempts as were allowed', () => {
    expect(after(new S.Opening(0, { failures: 2 }), lost(1006), { maxAttempts: 3 })[0].name).toBe('stopped')
  })

  it('does not try where it makes no sense', () => {
    const open = new S.Open(0)
    expect(after(open, lost(1006), { isOnline: false })[0].name).toBe('offline')
    expect(after(open, lost(1006), { isWanted: false })[0].name).toBe('idle')
    expect(after(open, lost(1006), { isWanted: false, isVisible: false })[0].name).toBe('hidden')
    expect(after(new S.Waiting(0), { type: 'changed' }, { isOnline: false })[0].name).toBe('offline')
    expect(after(new S.Waiting(0), { type: 'changed' }, { isWanted: false })[0].name).toBe('idle')
    expect(after(new S.Offline(0), { type: 'changed' })[0].name).toBe('fetching')
    expect(after(new S.Offline(0), { type: 'changed' }, { isWanted: false })[0].name).toBe('idle')
    expect(after(new S.Hidden(0), { type: 'changed' }, { isWanted: false })[0].name).toBe('fetching')
    expect(after(new S.Idle(0), { type: 'changed' })[0].name).toBe('fetching')
  })

  it('a person who insists is obeyed, also offline', () => {
    expect(after(new S.Offline(0), { type: 'reconnect' }, { isOnline: false })[0].name).toBe('fetching')
    expect(after(new S.Stopped(0, { failures: 9 }), { type: 'reconnect' })[0]).toMatchObject({ name: 'fetching', failures: 0 })
  })
})

describe('silence', () => {
  it('of two and a half heartbeats is a half-open connection', () => {
    const open = new S.Open(0)
    expect(after(open, { type: 'tick' }, { quiet: 62_000 })).toEqual([open])
    expect(after(open, { type: 'tick' }, { quiet: 63_000 })[0]).toMatchObject({ name: 'waiting', problem: { code: 4108 } })
  })

  it('is believed less after waking', () => {
    const open = new S.Open(0)
    expect(after(open, { type: 'woke' }, { quiet: 20_000 })).toEqual([open])
    expect(after(open, { type: 'woke' }, { quiet: 31_000 })[0]).toMatchObject({ name: 'waiting', due: WORLD.now })
    expect(after(new S.Waiting(0, { due: 900_000 }), { type: 'woke' })[0].name).toBe('fetching')
  })

  it('in place of a token, a socket or a welcome has an end', () => {
    for (const Class of [S.Fetching, S.Opening, S.Greeting])
      expect(after(new Class(0), { type: 'due' })[0]).toMatchObject({ name: 'waiting', problem: { code: 4008 } })
  })
})
