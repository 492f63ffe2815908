/** A channel that begins anew with each connection: `system`, the counts of a project, approvals, and what one person is told. Without I/O. */

import type { Outlet } from './run_channel'
import type { Sample } from './types'
import { Malformed, type ApprovalsTold, type CountsTold, type Notice, type PlainMessage, type Refused, type ServerMessage } from './wire'

export type PlainTelling =
  | { type: 'samples'; samples: Sample[] }
  | { type: 'counts'; states: CountsTold['states'] }
  | { type: 'approvals'; approvals: ApprovalsTold }
  | { type: 'notice'; notice: Notice }
  | { type: 'closed'; code: string; why: string }

export class PlainChannel {
  readonly since = 0
  private stage: 'asked' | 'live' | 'refused' | 'done' = 'asked'
  private asked = ''

  constructor(
    readonly name: string,
    private readonly out: Outlet<PlainTelling>,
  ) {}

  get isDone(): boolean {
    return this.stage === 'done'
  }

  /** No position is kept: the newest samples, and the notices that are valid, come with each connection. */
  ask(): void {
    if (this.isDone) return
    this.stage = 'asked'
    this.asked = this.out.nextId()
    this.out.say({ type: 'subscribe', id: this.asked, channel: this.name })
  }

  leave(): void {
    if (this.stage === 'asked' || this.stage === 'live') this.out.say({ type: 'unsubscribe', id: this.out.nextId(), channel: this.name })
    this.stage = 'done'
  }

  refuse(error: Refused): boolean {
    if (String(error.id) !== this.asked) return false
    if (error.temporary) this.stage = 'refused'
    else this.end(error.code ?? 'error', error.message ?? '')
    return true
  }

  beat(): void {
    if (this.stage === 'refused') this.ask()
  }

  take(message: ServerMessage): void {
    const said = message as PlainMessage
    if (said.type === 'subscribed' && String(said.id) === this.asked && this.stage === 'asked') this.stage = 'live'
    else if (said.type === 'unsubscribed' && !this.isDone) {
      if (said.id == null || String(said.id) === this.asked) this.end(said.code ?? '', said.why ?? '')
    } else if (said.type === 'samples' && this.stage === 'live') {
      if (!Array.isArray(said.samples)) throw new Malformed('samples must be a list.')
      this.out.tell({ type: 'samples', samples: said.samples })
    } else if (said.type === 'counts' && this.stage === 'live') this.out.tell({ type: 'counts', states: said.states ?? {} })
    else if (said.type === 'approvals' && this.stage === 'live') this.out.tell({ type: 'approvals', approvals: said })
    else if (said.type === 'notice' && this.stage === 'live') this.out.tell({ type: 'notice', notice: said })
  }

  private end(code: string, why: string): void {
    this.stage = 'done'
    this.out.tell({ type: 'closed', code, why })
  }
}
