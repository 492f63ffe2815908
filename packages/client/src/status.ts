import { TROUBLED } from './backoff'
import type { Transport } from './choice'
import type { Name, Problem, State } from './states'

export type Phase = 'idle' | 'connecting' | 'greeting' | 'open' | 'waiting' | 'offline' | 'hidden' | 'stopped' | 'closed'

/** Why news come late, as the server says. */
export interface Degraded {
  /** `bus_away`, `news_lost`; a newer server may say more. */
  readonly code: string
  readonly title: string
  /** How late they may be, at most; null: it does not say. */
  readonly lateSeconds: number | null
}

/** How the connection is, for people. Immutable: each change is a new one. */
export interface Status {
  readonly phase: Phase
  /** The way that is used, or tried. */
  readonly transport: Transport
  /** The server process that answers; null before the first welcome. */
  readonly node: string | null
  /** Failed attempts in a row. */
  readonly attempts: number
  /** When it is tried again, in local milliseconds; in phase `waiting`. */
  readonly retryAt: number | null
  /** Five failures or more: say so, and show a button. It goes on trying. */
  readonly isTroubled: boolean
  /** Why the connection was lost, until there is one again. */
  readonly problem: Problem | null
  /** Age of the newest event when it arrived, by the server's clock; null before the first. */
  readonly lagMs: number | null
  /** Between `hello` and `welcome`, there and back. */
  readonly latencyMs: number | null
  /** View updates that were merged before they reached us, in all. */
  readonly folded: number
  /** Lines that were told as gaps, in all. */
  readonly lostLines: number
  /** Events that the last reconnect brought. */
  readonly caughtUp: number
  /** What the server says is not well with it, though it answers. */
  readonly degraded: readonly Degraded[]
  /** When this phase began, in local milliseconds. */
  readonly since: number
}

/** What is counted beside the state. */
export interface Tally {
  transport: Transport
  node: string | null
  lagMs: number | null
  latencyMs: number | null
  folded: number
  lostLines: number
  caughtUp: number
  degraded: readonly Degraded[]
}

export const newTally = (transport: Transport): Tally => ({
  transport,
  node: null,
  lagMs: null,
  latencyMs: null,
  folded: 0,
  lostLines: 0,
  caughtUp: 0,
  degraded: [],
})

const CONNECTING: Partial<Record<Name, Phase>> = { fetching: 'connecting', opening: 'connecting' }

export function statusOf(state: State, tally: Tally, since: number): Status {
  return Object.freeze({
    ...tally,
    phase: CONNECTING[state.name] ?? (state.name as Phase),
    attempts: state.failures,
    retryAt: state.name === 'waiting' ? state.due : null,
    isTroubled: state.failures >= TROUBLED,
    problem: state.problem,
    since,
  } as const)
}
