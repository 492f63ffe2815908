/** The runs of a project as a live list: rows in view are patched, what is new or gone is named. Without I/O. */

import { applyPatch } from './patches'
import type { Outlet } from './run_channel'
import type { Row, RunState } from './types'
import { type ListMessage, Malformed, type Refused, type RowsChanged, type RowTold, type ServerMessage, whole } from './wire'

/** The server hears of a view 20 times a second at most. */
const VIEW_EVERY = 100
/** So many rows may be in view at once. */
export const ROWS_LIMIT = 200

export interface ListChange {
  /** Runs that came, the newest last. */
  new: string[]
  /** There were more new ones than are named. */
  hasMoreNew: boolean
  /** Runs that were deleted, or may no longer be seen. */
  gone: string[]
  /** How many runs are in each state that is not final. */
  states: Partial<Record<RunState, number>>
}

export type ListTelling =
  | { type: 'row'; run: string; row: Row; seq: number }
  | { type: 'changed'; change: ListChange }
  | { type: 'list_reset' }
  | { type: 'closed'; code: string; why: string }

interface Held {
  seq: number
  row: Row
}

export class ListChannel {
  readonly name: string
  readonly rows = new Map<string, Held>()
  readonly since = 0
  /** What the server was told, and what it shall be told. */
  private inView = new Set<string>()
  private wanted = new Set<string>()
  private viewAsked = ''
  private isResting = false
  private states: ListChange['states'] = {}
  private stage: 'asked' | 'live' | 'refused' | 'done' = 'asked'
  private asked = ''
  private wasLive = false

  constructor(
    project: string,
    private readonly out: Outlet<ListTelling>,
  ) {
    this.name = `runs:${project}`
  }

  get isDone(): boolean {
    return this.stage === 'done'
  }

  /** A list has no positions: it begins anew with each connection, and the rows come whole. */
  ask(): void {
    if (this.isDone) return
    this.stage = 'asked'
    this.rows.clear()
    this.asked = this.out.nextId()
    this.out.say({ type: 'subscribe', id: this.asked, channel: this.name })
  }

  leave(): void {
    if (this.stage === 'asked' || this.stage === 'live') this.out.say({ type: 'unsubscribe', id: this.out.nextId(), channel: this.name })
    this.stage = 'done'
  }

  /** What is in view from now on. Said at once, or, while somebody scrolls, with all that changes meanwhile. */
  see(runs: Iterable<string>): void {
    this.wanted = new Set([...new Set(runs)].slice(0, ROWS_LIMIT))
    if (!this.isResting) this.keepTelling()
  }

  private keepTelling(): void {
    this.isResting = this.tellView()
    if (this.isResting) this.out.later(() => this.keepTelling(), VIEW_EVERY)
  }

  /** Whether there was something to tell. */
  private tellView(): boolean {
    const add = [...this.wanted].filter((run) => !this.inView.has(run))
    const remove = [...this.inView].filter((run) => !this.wanted.has(run))
    if (this.stage !== 'live' || !(add.length || remove.length)) return false
    this.inView = new Set(this.wanted)
    for (const run of remove) this.rows.delete(run)
    this.viewAsked = this.out.nextId()
    this.out.say({ type: 'rows', id: this.viewAsked, channel: this.name, add, remove })
    return true
  }

  refuse(error: Refused): boolean {
    if (String(error.id) === this.viewAsked) {
      // Too many are looked at on that server just now: these rows stand still until the next heartbeat.
      this.inView = new Set(this.rows.keys())
      return true
    }
    if (String(error.id) !== this.asked) return false
    if (error.temporary) this.stage = 'refused'
    else this.end(error.code ?? 'error', error.message ?? '')
    return true
  }

  beat(): void {
    if (this.stage === 'refused') this.ask()
    else this.tellView()
  }

  take(message: ServerMessage): void {
    if (this.isDone) return
    const said = message as ListMessage
    if (said.type === 'subscribed') this.subscribed(String(said.id))
    else if (said.type === 'unsubscribed') {
      if (said.id == null || String(said.id) === this.asked) this.end(said.code ?? '', said.why ?? '')
    } else if (this.stage !== 'live') return
    else if (said.type === 'row') this.row(said)
    else if (said.type === 'rows_changed') this.changed(said)
    else if (said.type === 'reset') this.out.tell({ type: 'list_reset' })
  }

  private subscribed(id: string): void {
    if (id !== this.asked || this.stage !== 'asked') return
    this.stage = 'live'
    this.inView = new Set()
    this.tellView()
    if (this.wasLive) this.out.tell({ type: 'list_reset' })
    this.wasLive = true
  }

  private row(said: RowTold): void {
    const seq = whole(said.seq)
    const held = this.rows.get(said.run)
    if (!this.inView.has(said.run) || (held ? seq < held.seq || (seq === held.seq && !said.whole) : !said.whole)) return
    const row = said.whole || !held ? (said.patch as Row) : applyPatch(held.row, said.patch)
    this.rows.set(said.run, { seq, row })
    this.out.tell({ type: 'row', run: said.run, row, seq })
  }

  private changed(said: RowsChanged): void {
    const gone = said.gone ?? []
    if (!Array.isArray(gone)) throw new Malformed('gone must be a list.')
    for (const run of gone) {
      this.rows.delete(run)
      this.inView.delete(run)
      this.wanted.delete(run)
    }
    this.states = said.states ?? this.states
    this.out.tell({ type: 'changed', change: { new: said.new ?? [], hasMoreNew: said.more === true, gone, states: this.states } })
  }

  private end(code: string, why: string): void {
    this.stage = 'done'
    this.out.tell({ type: 'closed', code, why })
  }
}
