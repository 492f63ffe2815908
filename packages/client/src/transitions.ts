/**
 * The connection as a state machine without I/O: `state x event -> state` and effects, which are values.
 * `live.ts` owns the socket and the timers; it does what the effects say, and nothing else decides.
 */

import { delayOf, HEALTHY, isFinal, type Loss, wantsToken } from './backoff'
import * as S from './states'
import type { Name, Problem, State } from './states'

const TOKEN_DEADLINE = 20_000
const SOCKET_DEADLINE = 10_000
const WELCOME_DEADLINE = 10_000
/** Beats of the server's heart without a byte, after which the connection counts as half open. */
const DEAD_BEATS = 2.5
/** The same after waking from sleep, when doubt is in order. */
const DOUBTFUL_BEATS = 1.2

/** What the machine knows of the outside, at the moment of an event. */
export interface World {
  readonly now: number
  /** From [0, 1). */
  readonly luck: number
  readonly isOnline: boolean
  readonly isVisible: boolean
  /** Something is subscribed that may still bring news. */
  readonly isWanted: boolean
  readonly maxAttempts: number
  /** Milliseconds since the server was last heard. */
  readonly quiet: number
  /** Milliseconds between two heartbeats of the server. */
  readonly heartbeat: number
}

export type Event =
  /** Something of `World` changed. */
  | { readonly type: 'changed' }
  /** The device slept, or the page is looked at again: what was true before may not be. */
  | { readonly type: 'woke' }
  /** A person wants it now. */
  | { readonly type: 'reconnect' }
  | { readonly type: 'close' }
  | { readonly type: 'token_got' }
  | { readonly type: 'token_failed'; readonly isFinal: boolean; readonly why: string }
  | { readonly type: 'opened' }
  | { readonly type: 'welcomed' }
  /** The server says why it will close: outranks what the socket says afterwards. */
  | ({ readonly type: 'goodbye' } & Loss)
  | ({ readonly type: 'lost' } & Loss)
  /** `state.due` is reached. */
  | { readonly type: 'due' }
  /** From time to time. */
  | { readonly type: 'tick' }

export type Effect =
  /** Ask for a token. `isRefused`: the last one was no longer good. */
  | { readonly do: 'fetch'; readonly isRefused: boolean }
  | { readonly do: 'open' }
  /** Say hello and subscribe to everything that is wanted. */
  | { readonly do: 'greet' }
  /** Close the socket, if there is one; nothing more is heard of it. */
  | { readonly do: 'drop' }
  /** Whoever waits for an answer waits in vain. */
  | { readonly do: 'give_up'; readonly problem: Problem }

export type Step = readonly [State, ...Effect[]]
type Rule<N extends Name, E extends Event['type']> = (
  state: Extract<State, { name: N }>,
  world: World,
  event: Extract<Event, { type: E }>,
) => Step
/** A row for every state, a cell for every event: one that is missing does not compile. */
type Table = { readonly [N in Name]: { readonly [E in Event['type']]: Rule<N, E> } }

const DROP: Effect = { do: 'drop' }

/** Nothing follows: the same state, no effects. */
const stay = (state: State): Step => [state]

/** Try to connect, if the world is such that it makes sense. */
function start(state: State, world: World, { failures = state.failures, problem = state.problem, isRefused = false } = {}): Step {
  const kept = { failures, problem }
  if (!world.isOnline) return [new S.Offline(world.now, kept), DROP]
  return [new S.Fetching(world.now, { ...kept, due: world.now + TOKEN_DEADLINE }), DROP, { do: 'fetch', isRefused }]
}

/** A person wants it: also where we would not try by ourselves. */
function insist(state: State, world: World): Step {
  return start(state, { ...world, isOnline: true }, { failures: 0 })
}

/** The connection, or the attempt at one, is gone. */
function lose(state: State, world: World, loss: Loss): Step {
  const wasHealthy = state instanceof S.Open && world.now - state.at >= HEALTHY
  const failures = wasHealthy ? 1 : state.failures + 1
  const problem: Problem = { code: loss.code, why: loss.why }
  if (isFinal(loss.code) || failures >= world.maxAttempts)
    return [new S.Stopped(world.now, { failures, problem }), DROP, { do: 'give_up', problem }]
  if (!world.isWanted) return rest(state, world, problem)
  if (!world.isOnline) return [new S.Offline(world.now, { failures, problem }), DROP]
  const delay = delayOf(loss, failures, world.luck)
  if (wantsToken(loss.code) && delay === 0) return start(state, world, { failures, problem, isRefused: true })
  return [new S.Waiting(world.now, { failures, problem, due: world.now + delay }), DROP]
}

/** There is nothing to connect for. */
function rest(state: State, world: World, problem = state.problem): Step {
  return [world.isVisible ? new S.Idle(world.now, { problem }) : new S.Hidden(world.now, { problem }), DROP]
}

/** While connected or at it: whether that still makes sense. */
function weigh(state: State, world: World): Step {
  if (!world.isOnline) return [new S.Offline(world.now, { failures: state.failures, problem: state.problem }), DROP]
  if (!world.isWanted && !world.isVisible) return rest(state, world)
  return [state]
}

function late(what: string): (state: State, world: World) => Step {
  return (state, world) => lose(state, world, { code: 4008, why: `${what} did not come in time.` })
}

function silent(state: State, world: World, beats: number): Step {
  if (world.quiet <= beats * world.heartbeat) return [state]
  return lose(state, world, { code: 4108, why: 'Nothing was heard from the server for too long.' })
}

const close = (state: State, world: World): Step => [
  new S.Closed(world.now),
  DROP,
  { do: 'give_up', problem: { code: 1000, why: 'The connection was closed here.' } },
]
const retryWhenDue = (state: State, world: World): Step => (world.now >= (state.due ?? 0) ? retry(state, world) : [state])
function retry(state: State, world: World): Step {
  return start(state, world, { isRefused: state.problem !== null && wantsToken(state.problem.code) })
}
const wantedAgain = (state: State, world: World): Step =>
  world.isWanted ? start(state, world) : world.isVisible ? [state] : rest(state, world)

/** Where no socket is, what a socket says is of an old one. */
const NO_SOCKET = { token_got: stay, token_failed: stay, opened: stay, welcomed: stay, goodbye: stay, lost: stay } as const
const ANYWHERE = { reconnect: insist, close } as const
const QUIET = { ...NO_SOCKET, ...ANYWHERE, due: stay, tick: stay } as const
const TRYING = {
  ...ANYWHERE,
  changed: weigh,
  token_got: stay,
  token_failed: stay,
  opened: stay,
  welcomed: stay,
  goodbye: lose3,
  lost: lose3,
} as const

function lose3(state: State, world: World, event: Loss): Step {
  return lose(state, world, event)
}

const TABLE: Table = {
  idle: { ...QUIET, changed: wantedAgain, woke: wantedAgain },
  hidden: { ...QUIET, changed: reappear, woke: reappear },
  offline: { ...QUIET, changed: comeBack, woke: comeBack },
  waiting: { ...NO_SOCKET, ...ANYWHERE, changed: reconsider, woke: retry, due: retryWhenDue, tick: retryWhenDue },
  fetching: {
    ...TRYING,
    woke: stay,
    due: late('A token'),
    tick: stay,
    token_got: (state, world) => [new S.Opening(world.now, { ...state, due: world.now + SOCKET_DEADLINE }), { do: 'open' }],
    token_failed: (state, world, event) => lose(state, world, { code: event.isFinal ? 4501 : 4001, why: event.why }),
  },
  opening: {
    ...TRYING,
    woke: stay,
    due: late('The connection'),
    tick: stay,
    opened: (state, world) => [new S.Greeting(world.now, { ...state, due: world.now + WELCOME_DEADLINE }), { do: 'greet' }],
  },
  greeting: {
    ...TRYING,
    woke: stay,
    due: late('A welcome'),
    tick: stay,
    welcomed: (state, world) => [new S.Open(world.now, { failures: state.failures, due: world.now + HEALTHY })],
  },
  open: {
    ...TRYING,
    woke: (state, world) => silent(state, world, DOUBTFUL_BEATS),
    tick: (state, world) => silent(state, world, DEAD_BEATS),
    due: (state) => [new S.Open(state.at)],
  },
  stopped: { ...QUIET, changed: stay, woke: stay },
  closed: { ...QUIET, changed: stay, woke: stay, reconnect: stay, close: stay },
}

/** Back in front of a person: connected before they ask for something. */
function reappear(state: State, world: World): Step {
  return world.isVisible || world.isWanted ? start(state, world) : [state]
}

function comeBack(state: State, world: World): Step {
  if (!world.isOnline) return [state]
  return world.isWanted ? start(state, world) : rest(state, world)
}

function reconsider(state: State, world: World): Step {
  if (!world.isOnline) return [new S.Offline(world.now, { failures: state.failures, problem: state.problem }), DROP]
  return world.isWanted ? [state] : rest(state, world)
}

/** What follows. The same state object means that nothing changed. */
export function transition(state: State, event: Event, world: World): Step {
  const rule = TABLE[state.name][event.type] as (state: State, world: World, event: Event) => Step
  return rule(state, world, event)
}
