/** The doing to `transitions.ts`: one socket, its timers, the token, and the status for people. What is said over it is `live.ts`'s affair. */

import { ServerClock } from './clock'
import { abandon, type Socket } from './socket'
import { Idle, type State } from './states'
import { newTally, type Status, statusOf, type Tally } from './status'
import { type Surroundings } from './surroundings'
import { type Effect, type Event, transition, type World } from './transitions'
import { type TransportOptions, Transports } from './transports'
import { type Notice, readFrame, type ServerMessage, VERSION, type ViewerMessage } from './wire'

const HEARTBEAT = 25_000
/** How often silence and sleep are looked for. */
const TICK = 5_000
/** A timer this late means that the device slept. */
const SLEPT = 20_000
/** The server takes 50 messages in a frame. */
const FRAME_LIMIT = 40

export type GetToken = (why: { isRefused: boolean }) => Promise<string>

export interface ConnectionOptions extends TransportOptions {
  getToken: GetToken
  maxAttempts?: number
}

/** What a connection is for. */
export interface Purpose {
  /** Whether something is subscribed that may still bring news. */
  isWanted(): boolean
  /** `hello` is being said: what is said right after it goes with it. */
  onGreet(): void
  onWelcome(): void
  /** Every message that the connection itself has no use for. May throw `Malformed`. */
  onMessage(message: ServerMessage, now: number): void
  /** The messages of a frame have all been taken. */
  onFrameEnd(now: number): void
  /** Nothing will be answered any more. */
  onGiveUp(why: string): void
  onStatus(status: Status): void
  /** The page is hidden, or about to go. */
  onHide(): void
}

export class Connection {
  readonly clock = new ServerClock()
  readonly transports: Transports
  tally: Tally
  status: Status
  private state: State
  private readonly url: string
  private readonly isLocal: boolean
  private readonly stopListening: () => void
  private socket: Socket | null = null
  /** When the present attempt began. */
  private openedAt = 0
  private token = ''
  /** Grows with every attempt: a token that comes for an earlier one is of no use. */
  private attempt = 0
  private outgoing: ViewerMessage[] = []
  private heartbeat = HEARTBEAT
  private heardAt = 0
  private greetedAt = 0
  private tickAt = 0
  private dueTimer: unknown = null
  private tickTimer: unknown = null
  private wasVisible: boolean
  private wasOnline: boolean

  constructor(
    private readonly options: ConnectionOptions,
    private readonly here: Surroundings,
    private readonly purpose: Purpose,
  ) {
    this.url = String(options.url)
    this.isLocal = /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(this.url)
    this.transports = new Transports(options, here)
    this.tally = newTally(this.transports.choice.transport)
    this.state = new Idle(here.now())
    this.status = statusOf(this.state, this.tally, this.state.at)
    this.wasVisible = here.isVisible()
    this.wasOnline = this.isOnline
    this.stopListening = here.onChange(() => this.lookAround())
  }

  get isOpen(): boolean {
    return this.state.name === 'open'
  }

  /** `hello` is said: what is said from now on arrives after it. */
  get isGreeted(): boolean {
    return this.state.name === 'open' || this.state.name === 'greeting'
  }

  /** Put a message into the frame that `send` will send. */
  say(message: ViewerMessage): void {
    if (this.isGreeted) this.outgoing.push(message)
  }

  send(): void {
    const messages = this.outgoing
    this.outgoing = []
    for (let at = 0; at < messages.length; at += FRAME_LIMIT) this.socket?.send(JSON.stringify(messages.slice(at, at + FRAME_LIMIT)))
  }

  happen(event: Event): void {
    const [state, ...effects] = transition(this.state, event, this.world())
    if (state === this.state) return
    const before = this.state
    this.state = state
    this.setTimers(state)
    this.judge(before, event)
    for (const effect of effects) this.carryOut(effect)
    if (state === this.state) this.tellStatus()
  }

  /** A person wants it, and now. What was learnt about the way is forgotten. */
  insist(): void {
    this.transports.restart()
    this.happen({ type: 'reconnect' })
  }

  /** For good. */
  close(): void {
    this.happen({ type: 'close' })
    this.stopListening()
  }

  tellStatus(): void {
    const next = statusOf(this.state, this.tally, this.state.at)
    this.status = next.phase === this.status.phase ? statusOf(this.state, this.tally, this.status.since) : next
    this.purpose.onStatus(this.status)
  }

  /** What the change of state says about the way that is used. */
  private judge(before: State, event: Event): void {
    if (this.state.name === before.name) return
    if (this.state.name === 'open') return this.lookForBetter()
    this.transports.rest()
    const wasTried = before.name === 'opening' || before.name === 'greeting' || before.name === 'open'
    const isSilent = event.type === 'due' || event.type === 'tick' || event.type === 'woke'
    const isEnd = event.type === 'lost' || event.type === 'goodbye' || (isSilent && wasTried && this.state.name !== 'greeting')
    // Without a network no way is to be had, and nothing is learnt about any.
    if (!wasTried || !isEnd || !this.isOnline || !this.purpose.isWanted()) return
    this.transports.ended({
      wasOpen: before.name === 'open',
      lived: this.here.now() - this.openedAt,
      isSaid: event.type === 'goodbye',
      isSilent,
    })
  }

  private lookForBetter(): void {
    this.transports.settle({
      token: () => this.token,
      isWorthIt: () => this.isOnline && this.purpose.isWanted() && this.here.isVisible(),
      onBetter: () => this.happen({ type: 'reconnect' }),
    })
  }

  // --- what the machine is told, and what it wants ---------------------------------------------------------------------

  private get isOnline(): boolean {
    return this.isLocal || this.here.isOnline() // a server on this device needs no network
  }

  private world(): World {
    const now = this.here.now()
    return {
      now,
      luck: this.here.random(),
      isOnline: this.isOnline,
      isVisible: this.here.isVisible(),
      isWanted: this.purpose.isWanted(),
      maxAttempts: this.options.maxAttempts ?? Infinity,
      quiet: now - this.heardAt,
      heartbeat: this.heartbeat,
    }
  }

  private carryOut(effect: Effect): void {
    switch (effect.do) {
      case 'fetch':
        return void this.fetchToken(effect.isRefused)
      case 'open':
        return this.openSocket()
      case 'greet':
        return this.greet()
      case 'give_up':
        return this.purpose.onGiveUp(effect.problem.why)
      case 'drop':
        this.attempt++
        if (this.socket) abandon(this.socket)
        this.socket = null
        this.outgoing = []
    }
  }

  private setTimers(state: State): void {
    this.here.clearTimeout(this.dueTimer)
    this.dueTimer =
      state.due === null ? null : this.here.setTimeout(() => this.happen({ type: 'due' }), Math.max(0, state.due - this.here.now()))
    if (state.name === 'idle' || state.name === 'stopped' || state.name === 'closed') {
      this.here.clearTimeout(this.tickTimer)
      this.tickTimer = null
    } else if (this.tickTimer === null) this.startTick()
  }

  private startTick(): void {
    this.tickAt = this.here.now()
    this.tickTimer = this.here.setTimeout(() => {
      const late = this.here.now() - this.tickAt - TICK
      this.startTick()
      // Timers of a page that is not looked at are late without any sleep.
      this.happen({ type: late > SLEPT && this.here.isVisible() ? 'woke' : 'tick' })
    }, TICK)
  }

  private lookAround(): void {
    const isVisible = this.here.isVisible()
    const isOnline = this.isOnline
    const isWaking = (isVisible && !this.wasVisible) || (isOnline && !this.wasOnline)
    if (!isVisible) this.purpose.onHide()
    if (isVisible !== this.wasVisible) this.say({ type: 'visible', visible: isVisible })
    this.send()
    // Another network may let through what the last one did not.
    if (isOnline && this.state.name === 'offline') this.transports.restart()
    this.wasVisible = isVisible
    this.wasOnline = isOnline
    this.happen({ type: 'changed' })
    if (isWaking) this.happen({ type: 'woke' })
  }

  // --- token and socket ------------------------------------------------------------------------------------------------

  private async fetchToken(isRefused: boolean): Promise<void> {
    const attempt = this.attempt
    try {
      const token = await this.options.getToken({ isRefused })
      if (attempt !== this.attempt) return
      this.token = token
      this.happen({ type: 'token_got' })
    } catch (error) {
      if (attempt !== this.attempt) return
      const isFinal = (error as { isFinal?: boolean } | null)?.isFinal === true
      this.happen({ type: 'token_failed', isFinal, why: reasonOf(error) })
    }
  }

  private async renewToken(): Promise<void> {
    const attempt = this.attempt
    try {
      const token = await this.options.getToken({ isRefused: false })
      if (attempt !== this.attempt) return
      this.token = token
      this.say({ type: 'token', token })
      this.send()
    } catch {
      // The server closes with 42xx when the time is over; then it is asked for again, and a refusal is told.
    }
  }

  private openSocket(): void {
    this.openedAt = this.here.now()
    this.tally = { ...this.tally, transport: this.transports.choice.transport }
    try {
      const socket = this.transports.open()
      if (!socket) return void this.loadAndOpen()
      this.socket = socket
      socket.onopen = () => this.happen({ type: 'opened' })
      socket.onmessage = ({ data }) => this.receive(data)
      socket.onclose = ({ code, reason }) => this.happen({ type: 'lost', code, why: reason })
      socket.onerror = () => undefined // a close follows, and says more
    } catch (error) {
      this.happen({ type: 'lost', code: 4500, why: reasonOf(error) })
    }
  }

  private async loadAndOpen(): Promise<void> {
    const attempt = this.attempt
    try {
      await this.transports.load()
      if (attempt === this.attempt) this.openSocket()
    } catch (error) {
      if (attempt === this.attempt) this.happen({ type: 'lost', code: 1006, why: reasonOf(error) })
    }
  }

  private greet(): void {
    this.greetedAt = this.heardAt = this.here.now()
    this.outgoing = [{ type: 'hello', version: VERSION, token: this.token, visible: this.here.isVisible() }]
    this.purpose.onGreet()
    this.send()
  }

  private receive(data: unknown): void {
    const now = (this.heardAt = this.here.now())
    const attempt = this.attempt
    try {
      for (const message of readFrame(data)) {
        this.take(message, now)
        if (attempt !== this.attempt) break // what follows a goodbye is of no account
      }
    } catch (error) {
      this.happen({ type: 'lost', code: 4000, why: reasonOf(error) })
    }
    this.send()
    this.purpose.onFrameEnd(now)
  }

  private take(message: ServerMessage, now: number): void {
    switch (message.type) {
      case 'welcome':
        this.clock.hear(message.at, now, this.greetedAt)
        this.heartbeat = (message.heartbeat ?? 0) * 1000 || HEARTBEAT
        this.tally = { ...this.tally, node: message.node ?? null, latencyMs: now - this.greetedAt, caughtUp: 0, degraded: [] }
        this.happen({ type: 'welcomed' })
        return this.purpose.onWelcome()
      case 'goodbye':
        return this.happen({ type: 'goodbye', code: message.code, why: message.why ?? '', retryIn: message.retry_in })
      case 'token_expiring':
        return void this.renewToken()
      case 'notice':
        if (!message.channel && message.code) return this.hearOfTrouble(message, message.code)
        break
      case 'heartbeat':
        this.clock.hear(message.at, now)
        this.say({ type: 'pong', n: message.n })
    }
    this.purpose.onMessage(message, now)
  }

  private hearOfTrouble({ kind, title, late_seconds }: Notice, code: string): void {
    const others = this.tally.degraded.filter((one) => one.code !== code)
    const known = { code, title: title ?? '', lateSeconds: late_seconds ?? null }
    this.tally.degraded = kind === 'degraded' ? [...others, known] : others
    this.tellStatus()
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
