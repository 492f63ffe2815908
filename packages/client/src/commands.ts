/** Commands and their answers. What is said while there is no connection waits; what was not answered is said again, under the same key. */

import type { Json } from './types'
import type { Answer, Refused, ViewerMessage } from './wire'

const WAITING_LIMIT = 50
/** Nobody remembers after so long what they have asked for, and it may no longer be what they want. */
export const PATIENCE = 120_000
const TRIES = 3
const TOO_FAST_SECONDS = 1

/** A command was not carried out. `code` is that of the protocol, or `too_many_waiting`, `no_answer`, `connection_closed`. */
export class CommandRefused extends Error {
  override name = 'CommandRefused'
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

interface Waiting {
  message: Extract<ViewerMessage, { type: 'command' }>
  tries: number
  /** When it is waited for no longer. */
  timer: unknown
  resolve(answer: Record<string, Json>): void
  reject(error: CommandRefused): void
}

export class Commands {
  private readonly waiting = new Map<string, Waiting>()

  constructor(
    private readonly say: (message: ViewerMessage) => void,
    private readonly later: (callback: () => void, ms: number) => unknown,
    private readonly cancel: (timer: unknown) => void,
  ) {}

  give(id: string, channel: string, what: string, args: Record<string, Json>, key: string): Promise<Record<string, Json>> {
    return new Promise((resolve, reject) => {
      if (this.waiting.size >= WAITING_LIMIT) {
        reject(new CommandRefused('too_many_waiting', `${WAITING_LIMIT} commands wait for an answer already.`))
        return
      }
      const message = { type: 'command', id, channel, do: what, args, idempotency_key: key } as const
      this.waiting.set(id, { message, tries: 0, timer: this.later(() => this.expire(id), PATIENCE), resolve, reject })
      this.say(message)
    })
  }

  /** There is a connection again: everything without an answer is said again. */
  resume(): void {
    for (const { message } of this.waiting.values()) this.say(message)
  }

  private take(id: string): Waiting | undefined {
    const found = this.waiting.get(id)
    this.waiting.delete(id)
    if (found) this.cancel(found.timer)
    return found
  }

  /** One that was never sent will not be; of another nobody knows what became of it. */
  private expire(id: string): void {
    this.take(id)?.reject(new CommandRefused('no_answer', `There was no answer within ${PATIENCE / 1000} seconds.`))
  }

  answered({ type: _type, id, ok: _ok, at: _at, ...fields }: Answer): void {
    this.take(String(id))?.resolve(fields as Record<string, Json>)
  }

  refuse(error: Refused): void {
    const id = String(error.id)
    const found = this.waiting.get(id)
    if (!found) return
    if (error.temporary && ++found.tries < TRIES) {
      this.later(() => this.waiting.has(id) && this.say(found.message), (error.retry_in ?? TOO_FAST_SECONDS) * 1000)
      return
    }
    this.take(id)?.reject(new CommandRefused(error.code ?? 'error', error.message ?? 'The command was refused.'))
  }

  giveUp(code: string, why: string): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.reject(new CommandRefused(code, why))
  }
}

/** A key of 122 random bits (a UUID), also where the page is not a secure context and `crypto.randomUUID` is not there. */
export function newKey(random: () => number): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> }
  if (crypto?.randomUUID) return crypto.randomUUID()
  const digit = (symbol: string) => (((random() * 16) & (symbol === 'x' ? 15 : 3)) | (symbol === 'x' ? 0 : 8)).toString(16)
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, digit)
}
