/** A live list where lists cannot be had live: messages of the wire, made from what polls and REST say of its runs. Without I/O. */

import type { ListMessage, ServerMessage } from '../wire'

export class PolledList {
  readonly project: string
  /** The newest runs; null before they were first asked for. */
  private known: string[] | null = null
  private inView = new Set<string>()

  constructor(
    readonly channel: string,
    /** Of the subscription. */
    readonly id: string,
  ) {
    this.project = channel.slice('runs:'.length)
  }

  get isFound(): boolean {
    return this.known !== null
  }

  /** Channels of the runs in view. */
  get channels(): string[] {
    return [...this.inView].map((run) => `run:${run}`)
  }

  /** What is in view from now on. Returns the channels of those that came into view. */
  see(runs: readonly string[]): string[] {
    const before = this.inView
    this.inView = new Set(runs)
    return runs.filter((run) => !before.has(run)).map((run) => `run:${run}`)
  }

  /** The newest runs, the newest first. What is said of them: those that came since the last time, and those that are gone. */
  found(runs: string[], at: string): ListMessage[] {
    const known = this.known
    this.known = runs
    const { channel, id } = this
    const changed = (added: string[], gone: string[]) => ({ type: 'rows_changed', at, channel, new: added, gone }) as const
    if (!known) return [{ type: 'subscribed', at, id, channel, epoch: '', result: 'fresh' }, changed([], [])]
    const now = new Set(runs)
    const since = known.findIndex((run) => now.has(run))
    // What stood before the last one that is still there is gone; what came before the first known one is new.
    const last = known.findLastIndex((run) => now.has(run))
    const gone = known.slice(0, last + 1).filter((run) => !now.has(run))
    const first = known[since]
    const added = first === undefined ? runs : runs.slice(0, runs.indexOf(first))
    return added.length || gone.length ? [changed(added.reverse(), gone)] : []
  }

  /** What a message about a run says of its row. */
  rowOf(message: ServerMessage): ListMessage[] {
    if (!('channel' in message) || typeof message.channel !== 'string') return []
    const { channel } = this
    const { at } = message
    const run = message.channel.slice('run:'.length)
    if (!this.inView.has(run)) return []
    if (message.type === 'snapshot') return [{ type: 'row', at, channel, run, seq: message.seq, whole: true, patch: { ...message.view } }]
    if (message.type === 'patch') return [{ type: 'row', at, channel, run, seq: message.seq, patch: message.view }]
    return message.type === 'unsubscribed' || message.type === 'error' ? [{ type: 'rows_changed', at, channel, new: [], gone: [run] }] : []
  }
}
