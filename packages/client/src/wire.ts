/** The messages of `headway.live.v1` (PROTOCOL.md section 4), as far as a viewer reads and writes them. */

import type { Entry, FinalState, Json, Point, RunError, RunState, Sample, View } from './types'

export const VERSION = 1
export const SUBPROTOCOL = 'headway.live.v1'

/** A JSON merge patch (RFC 7396) of a view or a row: null removes. */
export type Patch = Record<string, unknown>
export type Facet = 'log' | 'view' | 'metric'
export type From = { line: number } | { tail: number } | { position: readonly [epoch: string, line: number, seq: number] }

export interface Welcome {
  type: 'welcome'
  at: string
  version: number
  node?: string
  heartbeat?: number
  expires_in?: number | null
}
export interface Subscribed {
  type: 'subscribed'
  at: string
  id: string
  channel: string
  epoch: string
  result: 'fresh' | 'resumed' | 'reset'
}
export interface Snapshot {
  type: 'snapshot'
  at: string
  channel: string
  seq: number
  line: number
  view: View
  log_hash: number | null
}
export interface Patched {
  type: 'patch'
  at: string
  channel: string
  seq: number
  view: Patch
  folded?: number
}
export interface Entries {
  type: 'entries'
  at: string
  channel: string
  first: number
  entries: Entry[]
}
export interface Points {
  type: 'points'
  at: string
  channel: string
  after_seq: number
  to_seq: number
  points: Point[]
  thinned?: boolean
}
export interface Missing {
  type: 'gap'
  at: string
  channel: string
  facet: 'log' | 'metric'
  from: number
  to: number
  why?: string
  url?: string | null
}
export interface ResetTold {
  type: 'reset'
  at: string
  channel: string
  why?: string
}
export interface Ended {
  type: 'finished'
  at: string
  channel: string
  seq: number
  line: number
  state: FinalState
  result?: Json
  result_url?: string | null
  error?: (RunError & { details?: Json }) | null
  log_hash?: number | null
}
export interface Unsubscribed {
  type: 'unsubscribed'
  at: string
  id?: string | number | null
  channel: string
  why?: string
  code?: string
}
export interface RowTold {
  type: 'row'
  at: string
  channel: string
  run: string
  seq: number
  whole?: boolean
  patch: Patch
}
export interface RowsChanged {
  type: 'rows_changed'
  at: string
  channel: string
  new?: string[]
  gone?: string[]
  more?: boolean
  states?: Partial<Record<RunState, number>>
}

export interface SamplesTold {
  type: 'samples'
  at: string
  channel: string
  samples: Sample[]
}

/** How many runs of a project are in each state that is not final. */
export interface CountsTold {
  type: 'counts'
  at: string
  channel: string
  states: Partial<Record<RunState, number>>
}

/** How many requests wait for the viewer's vote, how many they may see, and a word that changes with each of these. */
export interface ApprovalsTold {
  type: 'approvals'
  at: string
  channel: string
  waiting: number
  open: number
  stamp: string
}

export interface Notice {
  type: 'notice'
  at: string
  /** Of what one person is told: `message` or `withdrawn`. Without a channel it is for all: `draining`, `degraded`, `restored`. */
  channel?: string
  kind?: string
  /** What is degraded, or restored: `bus_away`, `news_lost`. */
  code?: string
  /** Of what is degraded: how late news may be. */
  late_seconds?: number
  title?: string
  seq?: number
  /** Its id. */
  notice?: string
  level?: 'info' | 'warning' | 'error'
  /** Set where it is for one person alone. */
  user?: string
  by?: string
  created_at?: string
  expires_at?: string
}

export type RunMessage = Subscribed | Snapshot | Patched | Entries | Points | Missing | ResetTold | Ended | Unsubscribed
export type ListMessage = Subscribed | RowTold | RowsChanged | ResetTold | Unsubscribed
export type PlainMessage = Subscribed | SamplesTold | CountsTold | ApprovalsTold | Notice | Unsubscribed
export type ChannelMessage = RunMessage | ListMessage | PlainMessage

export interface Heartbeat {
  type: 'heartbeat'
  at: string
  n: number
  tops?: Record<string, [line: number, seq: number]>
}
export interface TokenExpiring {
  type: 'token_expiring'
  at: string
  in?: number
}
export interface Answer {
  type: 'answer'
  at: string
  id: string
  ok: boolean
  [field: string]: unknown
}
export interface Refused {
  type: 'error'
  at: string
  id?: string | number | null
  /** Over HTTP, of the subscription that was refused. */
  channel?: string
  code?: string
  temporary?: boolean
  retry_in?: number | null
  message?: string
}
export interface Goodbye {
  type: 'goodbye'
  at: string
  code: number
  why?: string
  retry_in?: number | null
}

export type ServerMessage = ChannelMessage | Welcome | Heartbeat | TokenExpiring | Answer | Refused | Goodbye

/** What a viewer says. `id` is always text of our own. */
export type ViewerMessage =
  | { type: 'hello'; version: number; token: string; visible: boolean }
  | { type: 'subscribe'; id: string; channel: string; facets?: readonly Facet[]; from?: From }
  | { type: 'unsubscribe'; id: string; channel: string }
  | { type: 'rows'; id: string; channel: string; add: string[]; remove: string[] }
  | { type: 'token'; token: string }
  | { type: 'visible'; visible: boolean }
  | { type: 'command'; id: string; channel: string; do: string; args: Record<string, Json>; idempotency_key: string }
  | { type: 'pong'; n: number }

/** The server said something that is not as the protocol says: the connection is closed and made anew. */
export class Malformed extends Error {
  override name = 'Malformed'
}

/** The messages of a frame. */
export function readFrame(data: unknown): ServerMessage[] {
  const messages: unknown = typeof data === 'string' ? parse(data) : data
  if (!Array.isArray(messages)) throw new Malformed('The server sent a frame that is not a list of messages.')
  return messages as ServerMessage[]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A number that positions are made of. */
export function whole(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed(`${String(value).slice(0, 40)} is no position.`)
  return value as number
}
