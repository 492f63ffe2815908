import type { OpenSocket, Socket } from '../socket'
import type { ViewerMessage } from '../wire'

/** The other end of a socket: a test opens it, speaks, and hears what was said. */
export class FakeSocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: (() => void) | null = null
  /** Every message so far, frame after frame. */
  readonly heard: ViewerMessage[] = []
  /** By which side it was closed. */
  closedBy: 'viewer' | 'server' | null = null
  onHear: ((message: ViewerMessage) => void) | null = null

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    if (this.closedBy) throw new Error('The socket is closed.')
    for (const message of JSON.parse(text) as ViewerMessage[]) {
      this.heard.push(message)
      this.onHear?.(message)
    }
  }

  close(): void {
    this.closedBy ??= 'viewer'
  }

  open(): void {
    this.onopen?.()
  }

  /** Messages of one frame. */
  say(...messages: object[]): void {
    this.sayRaw(JSON.stringify(messages))
  }

  sayRaw(data: unknown): void {
    if (!this.closedBy) this.onmessage?.({ data })
  }

  /** The connection ends: by the server with a code, or (1006) by nobody in particular. */
  end(code = 1006, reason = ''): void {
    if (this.closedBy) return
    this.closedBy = 'server'
    this.onerror?.()
    this.onclose?.({ code, reason })
  }

  last(type: ViewerMessage['type']): ViewerMessage | undefined {
    return this.heard.findLast((message) => message.type === type)
  }
}

/** Gives out fake sockets, and keeps them. */
export class FakeWire {
  readonly sockets: FakeSocket[] = []
  /** Called with each new socket. */
  onOpen: ((socket: FakeSocket) => void) | null = null
  /** What something on the way does to sockets: it refuses them, or swallows what is said. */
  fault: 'refuses' | 'swallows' | null = null

  readonly open: OpenSocket = (url, protocols) => {
    const socket = new FakeSocket(url, protocols)
    this.sockets.push(socket)
    if (this.fault === 'refuses') void Promise.resolve().then(() => socket.end())
    else if (this.fault === null) this.onOpen?.(socket)
    return socket
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('Nobody has connected.')
    return socket
  }
}
