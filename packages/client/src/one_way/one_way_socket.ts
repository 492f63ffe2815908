/** A connection over HTTP in the shape of a socket: what is said down here is asked for by requests, and commands go by REST. */

import type { Socket } from '../socket'
import type { Surroundings } from '../surroundings'
import type { ServerMessage, ViewerMessage } from '../wire'
import { type Memory, isTemporary, saidBy, verdictOf } from './problems'
import { isRun, type Wish, Wishes } from './wishes'

export interface Place {
  /** `ws://host/api/v1/live`, as for a WebSocket. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly here: Surroundings
  readonly memory: Memory
}

type Command = Extract<ViewerMessage, { type: 'command' }>

/** Who scrolls changes what is in view many times a second: so often is it asked for. */
const RENEW_EVERY = 500
/** How often a command is sent that does not reach the server. */
const COMMAND_EVERY = 5_000
/** Where a command stands in REST. */
const COMMANDS: Readonly<Record<string, string>> = { cancel: 'cancellation', pause: 'pause', resume: 'resumption' }
const CHANNEL = /^(run:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|runs:.{1,99}|user:.{1,200}|system)$/i

export abstract class OneWaySocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: (() => void) | null = null
  protected readonly wishes = new Wishes()
  protected readonly gone = new AbortController()
  protected readonly url: string
  protected isWelcome = false
  private renewTimer: unknown = null
  private renewedAt = -Infinity

  constructor(protected readonly place: Place) {
    this.url = place.url.replace(/^ws/i, 'http').replace(/[?#].*$/, '').replace(/\/$/, '') // prettier-ignore
    // There is nothing to open: what is asked for opens it.
    void Promise.resolve().then(() => this.onopen?.())
  }

  /** Ask for what is wanted now. `isTokenNew`: what goes on was asked for with another. */
  protected abstract renew(isTokenNew: boolean): void

  protected get isClosed(): boolean {
    return this.gone.signal.aborted
  }

  protected get now(): string {
    return new Date(this.place.here.now()).toISOString()
  }

  send(text: string): void {
    const token = this.wishes.token
    let isChanged = false
    for (const message of JSON.parse(text) as ViewerMessage[]) {
      if (message.type === 'command') void this.command(message)
      else if (this.wishes.hear(message)) isChanged = true
    }
    if (token && token !== this.wishes.token) this.renew(true)
    else if (isChanged) this.schedule()
  }

  close(): void {
    this.place.here.clearTimeout(this.renewTimer)
    this.gone.abort()
  }

  /** At once, together with all that is said in the same breath; or a while after the last time. */
  private schedule(): void {
    if (this.renewTimer !== null) return
    const { here } = this.place
    const wait = this.renewedAt + RENEW_EVERY - here.now()
    const renew = () => {
      this.renewTimer = null
      this.renewedAt = here.now()
      if (!this.isClosed) this.renew(false)
    }
    if (wait > 0) this.renewTimer = here.setTimeout(renew, wait)
    else {
      this.renewTimer = 0
      void Promise.resolve().then(renew)
    }
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  protected request(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.wishes.token}` }
    return this.place.fetch(this.url + path, { cache: 'no-store', credentials: 'omit', ...init, headers })
  }

  /** What was asked for with `wishes` was answered by a problem. */
  protected async refused(response: Response, wishes: readonly Wish[]): Promise<void> {
    const said = await saidBy(response)
    if (this.isClosed) return
    if (!said) return this.lose(1006, `Something on the way answered ${response.status}.`)
    const code = verdictOf(said, this.place.memory)
    if (code !== null) {
      return this.tell([
        { type: 'goodbye', at: this.now, code, why: said.detail, ...(said.retryIn !== null && { retry_in: said.retryIn }) },
      ])
    }
    // One name that is none spoils a request; the others have done nothing wrong.
    const odd = wishes.filter(({ channel }) => said.status === 422 && !CHANNEL.test(channel))
    const guilty = odd.length ? odd : wishes
    for (const { channel, id } of guilty) this.wishes.end(channel, id)
    this.tell([
      ...this.welcome(''),
      ...guilty.map(({ id }) => ({ type: 'error', at: this.now, id, code: said.code, temporary: false, message: said.detail }) as const),
    ])
    if (guilty.length < wishes.length) this.schedule()
  }

  /** Where the server does not say it. */
  protected welcome(at: string, heartbeat?: number): ServerMessage[] {
    if (this.isWelcome) return []
    this.isWelcome = true
    return [{ type: 'welcome', at, version: 1, ...(heartbeat !== undefined && { heartbeat }) }]
  }

  private async command(said: Command): Promise<void> {
    const { id, channel, do: what, args, idempotency_key: key } = said
    const name = COMMANDS[what]
    const refuse = (code: string, message: string, temporary = false, retryIn: number | null = null) =>
      this.tell([{ type: 'error', at: this.now, id, code, message, temporary, retry_in: retryIn }])
    if (!name || !isRun(channel)) return refuse('invalid_message', `There is no command ${what} here.`)
    try {
      const response = await this.place.fetch(`${this.url.replace(/\/live$/, '')}/runs/${encodeURIComponent(channel.slice(4))}/${name}`, {
        method: 'PUT',
        body: JSON.stringify(args),
        credentials: 'omit',
        headers: { authorization: `Bearer ${this.wishes.token}`, 'content-type': 'application/json', 'idempotency-key': key },
        signal: this.gone.signal,
      })
      if (response.ok) {
        const { state } = (await response.json()) as { state: string }
        return this.tell([{ type: 'answer', at: this.now, id, ok: true, state }])
      }
      const problem = await saidBy(response)
      if (problem) return refuse(problem.code, problem.detail, isTemporary(problem.status), problem.retryIn)
    } catch {
      // As below: nothing is known of what became of it.
    }
    // Said again it is the same one, by its key; and so it is when the next connection says it.
    if (!this.isClosed) this.place.here.setTimeout(() => this.isClosed || void this.command(said), COMMAND_EVERY)
  }

  // --- what the viewer is told ---------------------------------------------------------------------------------------

  protected tell(messages: readonly ServerMessage[]): void {
    if (!this.isClosed && messages.length) this.onmessage?.({ data: messages })
  }

  /** Messages with the ids of the subscriptions that they are about: over HTTP they have none. What has ended is not asked for again. */
  protected addressed(messages: readonly ServerMessage[], ids: ReadonlyMap<string, string>): ServerMessage[] {
    return messages.map((message) => {
      const channel = 'channel' in message ? message.channel : undefined
      if (channel === undefined) return message
      const id = ids.get(channel as string)
      if (message.type === 'unsubscribed' || message.type === 'error') this.wishes.end(channel as string, id)
      const isAboutUs = message.type === 'subscribed' || message.type === 'unsubscribed' || message.type === 'error'
      return isAboutUs ? ({ ...message, id } as ServerMessage) : message
    })
  }

  protected lose(code: number, reason: string): void {
    if (this.isClosed) return
    const tell = this.onclose
    this.close()
    tell?.({ code, reason })
  }
}
