/** Opens the way to the server that `choice.ts` has chosen, and tries out a better one beside it. */

import {
  afterEnd,
  afterVainTry,
  BETTER_EVERY,
  BETTER_SOON,
  type Choice,
  type End,
  firstChoice,
  hasBetter,
  type Transport,
  TRANSPORTS,
} from './choice'
import type * as OneWay from './one_way'
import { abandon, type OpenSocket, openWebSocket, type Socket } from './socket'
import type { Surroundings } from './surroundings'
import { readFrame, SUBPROTOCOL, VERSION } from './wire'

/** So long a better way has to answer. */
const TRY_DEADLINE = 10_000
/** A page that has its WebSocket fetches the other ways when it has nothing better to do: they are needed when nothing can be fetched. */
const FETCH_AHEAD = 5_000

export interface TransportOptions {
  url: string | URL
  /** Default: the browser's WebSocket, or Node's (from 22 on). */
  openSocket?: OpenSocket
  /** Default: the one that is there. */
  fetch?: typeof globalThis.fetch
  /** Those that may be used, the best first. Default: all for which there is what they need. */
  transports?: readonly Transport[]
}

/** What the connection knows while a better way is looked for. */
export interface Guide {
  token(): string
  isWorthIt(): boolean
  /** Another way has been chosen: connect anew. */
  onBetter(): void
}

let loaded: typeof OneWay | null = null

/** Streams and polls are code of their own: who has a WebSocket can do without. */
export async function loadOneWay(): Promise<void> {
  loaded = await import('./one_way')
}

export class Transports {
  choice: Choice
  private readonly available: readonly Transport[]
  private readonly url: string
  /** Refusals of tokens in a row: over HTTP one that has ended and one that was never good sound the same. */
  private readonly memory = { refusals: 0 }
  private timer: unknown = null
  private trial: Socket | null = null

  constructor(
    private readonly options: TransportOptions,
    private readonly here: Surroundings,
  ) {
    this.url = String(options.url)
    const { openSocket, fetch = globalThis.fetch, transports = TRANSPORTS } = options
    const has = (transport: Transport) => (transport === 'websocket' ? !!(openSocket ?? globalThis.WebSocket) : !!fetch)
    this.available = transports.filter(has)
    this.choice = firstChoice(this.available)
  }

  /** Forget what was learnt: a person insists, or it is another network. */
  restart(): void {
    this.choice = firstChoice(this.available)
  }

  ended(end: End): void {
    this.choice = afterEnd(this.choice, end, this.available)
  }

  /** By the way that is chosen. Null: the code for it has still to come (`load`). */
  open(): Socket | null {
    const { transport } = this.choice
    if (transport === 'websocket') return this.openWebSocket()
    const fetch: typeof globalThis.fetch = this.options.fetch ?? ((...given) => globalThis.fetch(...given))
    return loaded && loaded.openOneWay(transport, { url: this.url, fetch, here: this.here, memory: this.memory })
  }

  private openWebSocket(): Socket {
    return (this.options.openSocket ?? openWebSocket)(this.url, [SUBPROTOCOL])
  }

  readonly load = loadOneWay

  /** There is a connection. Whoever has the best one fetches the others for bad times; the rest looks for a better one, and says so. */
  settle(guide: Guide): void {
    this.rest()
    if (this.choice.transport === 'websocket') this.fetchAhead()
    if (!hasBetter(this.choice, this.available)) return
    this.timer = this.here.setTimeout(() => this.look(guide), this.choice.isSure ? BETTER_EVERY : BETTER_SOON)
  }

  private look(guide: Guide): void {
    if (!guide.isWorthIt()) return this.settle(guide)
    this.attempt(guide.token(), (isGood) => {
      const before = this.choice
      if (isGood) this.restart()
      else this.choice = afterVainTry(before, this.available)
      if (this.choice.transport !== before.transport) guide.onBetter()
      else this.settle(guide)
    })
  }

  /** There is no connection any more, or another one is being made. */
  rest(): void {
    this.here.clearTimeout(this.timer)
    if (this.trial) abandon(this.trial)
    this.trial = this.timer = null
  }

  private fetchAhead(): void {
    if (loaded || this.available.length < 2) return
    this.timer = this.here.setTimeout(() => void loadOneWay().catch(() => undefined), FETCH_AHEAD)
  }

  /** A WebSocket beside the present connection that only says hello: a welcome proves that words come through, there and back. */
  private attempt(token: string, onDone: (isGood: boolean) => void): void {
    if (!this.available.includes('websocket')) return onDone(false)
    const done = (isGood: boolean) => {
      this.rest()
      onDone(isGood)
    }
    this.timer = this.here.setTimeout(() => done(false), TRY_DEADLINE)
    try {
      const socket = (this.trial = this.openWebSocket())
      socket.onopen = () => socket.send(JSON.stringify([{ type: 'hello', version: VERSION, token, visible: false }]))
      socket.onclose = () => done(false)
      socket.onerror = () => undefined
      socket.onmessage = ({ data }) => done(isWelcome(data))
    } catch {
      done(false)
    }
  }
}

function isWelcome(data: unknown): boolean {
  try {
    return readFrame(data)[0]?.type === 'welcome'
  } catch {
    return false
  }
}
