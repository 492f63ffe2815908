/** What is subscribed: a channel of the wire, and all here who listen to it. */

import type { ListChannel } from './list_channel'
import { type ListChange, ROWS_LIMIT } from './list_channel'
import type { Telling } from './delivery'
import type { RunChannel } from './run_channel'
import type { PlainChannel } from './plain_channel'
import type { Entry, Finished, Gap, Point, Position, Row, Sample, View } from './types'
import type { ApprovalsTold, CountsTold, Notice, Patch } from './wire'

export interface RunListener {
  /** The view is never changed in place: what did not change keeps its identity. `patch`: null when the view is new as a whole; `folded`: updates merged into this one. */
  onView?(view: View, change: { seq: number; patch: Patch | null; folded: number }): void
  /** Lines `first`, `first + 1`, …: each once, in order. */
  onEntries?(first: number, entries: Entry[]): void
  /** The log begins after `line`; the view is that at `seq`. */
  onStart?(line: number, seq: number): void
  onPoints?(points: Point[], isThinned: boolean): void
  /** Lines or points that will not come. */
  onGap?(gap: Gap): void
  /** Forget everything of this run: the store is another one, or was put back. A new start follows. */
  onReset?(why: string): void
  /** The run has ended. Once, after the last line. */
  onFinished?(finished: Finished): void
  /** Not allowed, or deleted: nothing more will come. */
  onClosed?(end: { code: string; why: string }): void
}

export interface ListListener {
  /** A row in view, when it comes into view and whenever it changes. */
  onRow?(run: string, row: Row, seq: number): void
  onChanged?(change: ListChange): void
  /** After a reconnect: news may have been missed, so the page of REST should be asked for again. */
  onReset?(): void
  onClosed?(end: { code: string; why: string }): void
}

export interface SystemListener {
  /** What was sampled; at first, the newest of all. */
  onSamples?(samples: Sample[]): void
  onClosed?(end: { code: string; why: string }): void
}

export interface ProjectListener {
  /** How many runs of the project are in each state that is not final; a state that none is in is absent. At first, and whenever it changes. */
  onCounts?(states: CountsTold['states']): void
  onClosed?(end: { code: string; why: string }): void
}

export interface ApprovalsListener {
  /** What waits for approval. At first, and whenever it changes. */
  onApprovals?(told: ApprovalsTold): void
  onClosed?(end: { code: string; why: string }): void
}

export interface UserListener {
  /** What is told: at first what is valid, and again after a reconnect; the same one has the same id (`notice`). `kind` is `message`, or `withdrawn`. */
  onNotice?(notice: Notice): void
  onClosed?(end: { code: string; why: string }): void
}

export interface PlainMember {
  readonly listener: SystemListener & ProjectListener & ApprovalsListener & UserListener
}

export interface RunMember {
  readonly listener: RunListener
}

export interface ListMember {
  readonly listener: ListListener
  see: Set<string>
}

/** What those who listen have been told so far: whoever comes later is told this first. */
interface Told {
  start: { line: number; seq: number } | null
  view: { view: View; seq: number } | null
  finished: Finished | null
}

export class RunTopic {
  readonly members = new Set<RunMember>()
  position: Position | null = null
  private told: Told = { start: null, view: null, finished: null }

  /** `isEndKnown`: its end was told before a reload, and is not told again, unless all begins anew. */
  constructor(
    readonly channel: RunChannel,
    private isEndKnown: boolean,
  ) {}

  get isDone(): boolean {
    return this.channel.isDone
  }

  /** What one who comes later missed and needs. */
  welcome({ listener }: RunMember): void {
    const { start, view, finished } = this.told
    if (start) listener.onStart?.(this.position?.[1] ?? start.line, start.seq)
    if (view) listener.onView?.(view.view, { seq: view.seq, patch: null, folded: 0 })
    if (finished) listener.onFinished?.(finished)
  }

  hand(telling: Telling, guard: (call: () => void) => void): void {
    if (telling.type === 'start') this.told.start = telling
    else if (telling.type === 'view') this.told.view = telling
    else if (telling.type === 'reset') {
      this.told = { start: null, view: null, finished: null }
      this.isEndKnown = false
    } else if (telling.type === 'finished') {
      if (this.isEndKnown) return
      this.told.finished = telling.finished
    }
    for (const { listener } of [...this.members]) guard(() => tellRun(listener, telling))
  }
}

function tellRun(to: RunListener, telling: Telling): void {
  switch (telling.type) {
    case 'start':
      return to.onStart?.(telling.line, telling.seq)
    case 'view':
      return to.onView?.(telling.view, { seq: telling.seq, patch: telling.patch, folded: telling.folded })
    case 'entries':
      return to.onEntries?.(telling.first, telling.entries)
    case 'points':
      return to.onPoints?.(telling.points, telling.isThinned)
    case 'gap':
      return to.onGap?.(telling.gap)
    case 'reset':
      return to.onReset?.(telling.why)
    case 'finished':
      return to.onFinished?.(telling.finished)
    case 'closed':
      return to.onClosed?.({ code: telling.code, why: telling.why })
  }
}

export class ListTopic {
  readonly members = new Set<ListMember>()

  constructor(readonly channel: ListChannel) {}

  get isDone(): boolean {
    return this.channel.isDone
  }

  /** The rows that one of those who listen has in view have changed. */
  see(member: ListMember, runs: string[], guard: (call: () => void) => void): void {
    const before = member.see
    member.see = new Set(runs.slice(0, ROWS_LIMIT))
    this.channel.see([...this.members].flatMap(({ see }) => [...see]))
    for (const run of member.see) {
      const held = before.has(run) ? undefined : this.channel.rows.get(run)
      if (held) guard(() => member.listener.onRow?.(run, held.row, held.seq))
    }
  }

  hand(telling: Telling, guard: (call: () => void) => void): void {
    for (const member of [...this.members]) guard(() => tellList(member, telling))
  }
}

function tellList({ listener, see }: ListMember, telling: Telling): void {
  switch (telling.type) {
    case 'row':
      return see.has(telling.run) ? listener.onRow?.(telling.run, telling.row, telling.seq) : undefined
    case 'changed':
      return listener.onChanged?.(telling.change)
    case 'list_reset':
      return listener.onReset?.()
    case 'closed':
      return listener.onClosed?.({ code: telling.code, why: telling.why })
  }
}

export class PlainTopic {
  readonly members = new Set<PlainMember>()

  constructor(readonly channel: PlainChannel) {}

  get isDone(): boolean {
    return this.channel.isDone
  }

  hand(telling: Telling, guard: (call: () => void) => void): void {
    for (const { listener } of [...this.members])
      guard(() => {
        if (telling.type === 'samples') listener.onSamples?.(telling.samples)
        else if (telling.type === 'counts') listener.onCounts?.(telling.states)
        else if (telling.type === 'approvals') listener.onApprovals?.(telling.approvals)
        else if (telling.type === 'notice') listener.onNotice?.(telling.notice)
        else if (telling.type === 'closed') listener.onClosed?.({ code: telling.code, why: telling.why })
      })
  }
}

export type Topic = RunTopic | ListTopic | PlainTopic
