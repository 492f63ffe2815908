/** Server-sent events by `fetch`: the token goes in a header. Whatever changes is another stream, which begins before the present one ends. */

import { type ServerMessage, readFrame } from '../wire'
import { EventParser } from './event_parser'
import { OneWaySocket, type Place } from './one_way_socket'
import { isList, isRun, type Wish } from './wishes'

/** The server ends a stream after 4.5 to 5 minutes: the next one is there before that. */
const RENEW_AFTER = 240_000

/** Subscriptions that one request can ask for: facets and a beginning are those of all its runs, rows those of its one list. */
interface Group {
  readonly wishes: Wish[]
  readonly query: URLSearchParams
}

interface Stream {
  readonly signature: string
  readonly abort: AbortController
  readonly ids: ReadonlyMap<string, string>
  /** It goes on until this one has begun. */
  before: Stream | null
  hasBegun: boolean
  cursor: string
}

export class EventStreamSocket extends OneWaySocket {
  private readonly streams = new Map<string, Stream>()
  private ageTimer: unknown = null

  constructor(place: Place) {
    super(place)
    this.gone.signal.addEventListener('abort', () => this.stopAll())
  }

  protected renew(isTokenNew: boolean): void {
    const { here } = this.place
    for (const stream of this.streams.values()) this.wishes.reach(stream.cursor, stream.ids)
    const groups = this.groups()
    for (const [key, stream] of this.streams) if (!groups.has(key)) this.stop(key, stream)
    for (const [key, group] of groups) this.ask(key, group, isTokenNew)
    here.clearTimeout(this.ageTimer)
    this.ageTimer = here.setTimeout(() => this.renew(true), RENEW_AFTER)
  }

  private groups(): Map<string, Group> {
    const groups = new Map<string, Group>()
    let firstList: string | null = null
    for (const wish of this.wishes.channels.values()) {
      const { channel, facets, from } = wish
      const query = new URLSearchParams()
      let key = ''
      if (isList(channel)) {
        firstList ??= channel
        if (channel !== firstList) key = channel
      } else if (isRun(channel)) {
        if (facets) query.set('facets', facets.join(','))
        if (from && 'tail' in from && !this.wishes.positions.has(channel)) query.set('tail', String(from.tail))
        else if (from && 'line' in from && !this.wishes.positions.has(channel)) query.set('after_line', String(from.line))
        key = String(query)
      }
      const group = groups.get(key) ?? { wishes: [], query }
      groups.set(key, group)
      group.wishes.push(wish)
      const rows = isList(channel) ? this.wishes.rowsOf(channel) : []
      if (rows.length) group.query.set('rows', rows.join(','))
    }
    return groups
  }

  private ask(key: string, { wishes, query }: Group, isTokenNew: boolean): void {
    const signature = JSON.stringify([wishes.map(({ id }) => id), query.get('rows')])
    const present = this.streams.get(key)
    if (present?.signature === signature && !isTokenNew) return
    const before = present && (present.hasBegun ? present : present.before)
    if (present && present !== before) present.abort.abort()
    const ids = new Map(wishes.map(({ channel, id }) => [channel, id]))
    const stream: Stream = { signature, abort: new AbortController(), ids, before: before ?? null, hasBegun: false, cursor: '' }
    this.streams.set(key, stream)
    for (const { channel } of wishes) query.append('channel', channel)
    void this.follow(stream, wishes, `/sse?${query}`)
  }

  private async follow(stream: Stream, wishes: Wish[], path: string): Promise<void> {
    try {
      const cursor = this.wishes.cursorOf(stream.ids.keys())
      const headers = { accept: 'text/event-stream', ...(cursor && { 'last-event-id': cursor }) }
      const response = await this.request(path, { headers, signal: stream.abort.signal })
      if (!this.isCurrent(stream)) return
      if (!response.ok) return void (await this.refused(response, wishes))
      if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
        return this.lose(1006, 'Something on the way answered in place of the server.')
      }
      this.place.memory.refusals = 0
      await this.read(stream, response.body.getReader())
      if (this.isCurrent(stream)) this.lose(1006, 'The stream broke off.')
    } catch (error) {
      if (this.isCurrent(stream)) this.lose(1006, error instanceof Error ? error.message : String(error))
    }
  }

  private async read(stream: Stream, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    const parser = new EventParser((data, id) => this.event(stream, data, id))
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.isClosed) return
      parser.feed(decoder.decode(value, { stream: true }))
    }
  }

  /** Whether what becomes of it matters: it is not about to be replaced by another. */
  private isCurrent(stream: Stream): boolean {
    return !this.isClosed && !stream.abort.signal.aborted && [...this.streams.values()].includes(stream)
  }

  private event(stream: Stream, data: string, id: string): void {
    if (this.isClosed || stream.abort.signal.aborted) return
    stream.before?.abort.abort()
    stream.before = null
    stream.hasBegun = true
    stream.cursor = id
    const messages = readFrame(data).filter((message) => this.isNews(stream, message))
    this.tell(this.addressed(messages, stream.ids))
  }

  private isNews(stream: Stream, message: ServerMessage): boolean {
    if (message.type === 'goodbye') return this.isCurrent(stream) // another goes on in its place
    if (message.type !== 'welcome') return true
    const isFirst = !this.isWelcome
    this.isWelcome = true
    return isFirst
  }

  private stop(key: string, stream: Stream): void {
    this.streams.delete(key)
    stream.before?.abort.abort()
    stream.abort.abort()
  }

  private stopAll(): void {
    this.place.here.clearTimeout(this.ageTimer)
    for (const [key, stream] of [...this.streams]) this.stop(key, stream)
  }
}
