/** What a viewer has asked for. Over HTTP each request asks for all of it anew, with where to go on. Without I/O. */

import type { Position } from '../types'
import type { Facet, From, ViewerMessage } from '../wire'

/** The server reads cursors of at most 16,384 characters. Whatever does not fit begins anew, and is known already. */
const CURSOR_LIMIT = 16_000

export interface Wish {
  /** Of the subscription. */
  readonly id: string
  readonly channel: string
  readonly facets?: readonly Facet[]
  readonly from?: From
}

export const isRun = (channel: string) => channel.startsWith('run:')
export const isUser = (channel: string) => channel.startsWith('user:')
export const isProject = (channel: string) => channel.startsWith('project:')
export const isList = (channel: string) => channel.startsWith('runs:')

export class Wishes {
  token = ''
  readonly channels = new Map<string, Wish>()
  readonly positions = new Map<string, Position>()
  private readonly rows = new Map<string, Set<string>>()

  /** Whether something else is to be asked for than before. */
  hear(message: ViewerMessage): boolean {
    switch (message.type) {
      case 'hello':
      case 'token':
        this.token = message.token
        return true
      case 'subscribe':
        this.subscribe(message)
        return true
      case 'unsubscribe':
        this.rows.delete(message.channel)
        return this.channels.delete(message.channel)
      case 'rows':
        this.see(message.channel, message.add, message.remove)
        return true
      default:
        return false
    }
  }

  private subscribe({ type: _type, ...wish }: Extract<ViewerMessage, { type: 'subscribe' }>): void {
    this.channels.delete(wish.channel) // the order is that of asking
    this.channels.set(wish.channel, wish)
    this.rows.delete(wish.channel)
    if (wish.from && 'position' in wish.from) this.positions.set(wish.channel, wish.from.position)
    else this.positions.delete(wish.channel)
  }

  private see(channel: string, add: string[], remove: string[]): void {
    const rows = new Set(this.rows.get(channel))
    for (const run of remove) rows.delete(run)
    for (const run of add) rows.add(run)
    this.rows.set(channel, rows)
  }

  rowsOf(channel: string): readonly string[] {
    return [...(this.rows.get(channel) ?? [])]
  }

  /** Nothing more comes of this subscription. */
  end(channel: string, id: string | undefined): void {
    if (this.channels.get(channel)?.id === id) this.channels.delete(channel)
  }

  /** Where a request has come to that asked for these subscriptions (channel: id; what nobody has subscribed to has none). */
  reach(cursor: string, ids: ReadonlyMap<string, string>): void {
    for (const [channel, position] of Object.entries(readCursor(cursor)))
      if (ids.has(channel) && ids.get(channel) === (this.channels.get(channel)?.id ?? '')) this.positions.set(channel, position)
  }

  /** Empty: all begins where it begins. */
  cursorOf(channels: Iterable<string>): string {
    const known = [...channels].flatMap((channel) => {
      const position = this.positions.get(channel)
      return position ? [[channel, position] as const] : []
    })
    return writeCursor(known)
  }
}

/** base64url, without padding, of JSON `{channel: [epoch, line, seq]}`. */
export function writeCursor(positions: (readonly [string, Position])[]): string {
  if (!positions.length) return ''
  const text = btoa(JSON.stringify(Object.fromEntries(positions)))
  if (text.length > CURSOR_LIMIT) return writeCursor(positions.slice(0, Math.floor(positions.length / 2)))
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

function readCursor(cursor: string): Record<string, Position> {
  try {
    return JSON.parse(atob(cursor.replace(/-/g, '+').replace(/_/g, '/'))) as Record<string, Position>
  } catch {
    return {} // what we cannot read we cannot better
  }
}
