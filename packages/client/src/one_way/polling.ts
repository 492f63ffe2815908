/**
 * Questions that wait for their answer: all that gets through where streams are held up. Runs are asked for in one question; of lists, which
 * cannot be polled, the rows in view are (each is the view of a run), and their new runs are looked for over REST.
 */

import type { ServerMessage } from '../wire'
import { OneWaySocket, type Place } from './one_way_socket'
import { PolledList } from './polled_list'
import { isList, isProject, isRun, isUser, type Wish } from './wishes'

/** Seconds that a question waits. */
const WAIT = 25
/** How often new runs of a list are looked for. */
const LIST_EVERY = 5_000
/** Between an answer and the next question: meanwhile news gather, as between two flushes. */
const GATHER = 50
const BEAT_EVERY = 20_000
/** So many runs go into a question; the cursor holds no more. */
const RUNS_LIMIT = 100

interface Answer {
  messages?: unknown
  cursor?: unknown
}

export class PollSocket extends OneWaySocket {
  private question: AbortController | null = null
  private readonly lists = new Map<string, PolledList>()
  /** Channels, with the id of their subscription, whose beginning came: from then on they are asked for what has changed. */
  private readonly seen = new Map<string, string>()
  /** Those that are over, likewise: whoever asks on is told the same again. */
  private readonly over = new Map<string, string>()
  /** What the last answer said is degraded. */
  private degraded: ReadonlySet<string> = new Set()
  private beatAt = 0
  private beats = 0
  private listTimer: unknown = null

  constructor(place: Place) {
    super(place)
    this.gone.signal.addEventListener('abort', () => {
      place.here.clearTimeout(this.listTimer)
      this.question?.abort()
    })
  }

  protected renew(): void {
    for (const [channel, list] of this.lists) if (this.wishes.channels.get(channel)?.id !== list.id) this.lists.delete(channel)
    for (const { channel, id } of this.wishes.channels.values()) {
      if (channel === 'system' || isProject(channel)) this.noPoll(channel, id)
      if (isList(channel) && !this.lists.has(channel)) this.lists.set(channel, new PolledList(channel, id))
    }
    for (const [channel, list] of this.lists) for (const run of list.see(this.wishes.rowsOf(channel))) this.forget(run)
    this.question?.abort()
    void this.ask()
    if ([...this.lists.values()].some(({ isFound }) => !isFound)) void this.look()
  }

  /** The view of a run that has come into view of a list is to come whole. */
  private forget(channel: string): void {
    this.seen.delete(channel)
    if (this.over.get(channel) === '') this.over.delete(channel)
  }

  /** Samples and counts come only by what lasts: they are asked for again at each heartbeat. */
  private noPoll(channel: string, id: string): void {
    this.wishes.end(channel, id)
    this.tell([{ type: 'error', at: this.now, id, code: 'unavailable', temporary: true, message: `There is no ${channel} by polls.` }])
  }

  // --- runs ----------------------------------------------------------------------------------------------------------

  private wanted(): Wish[] {
    const runs = new Map([...this.wishes.channels].filter(([channel]) => isRun(channel) || isUser(channel)))
    const isOver = ({ channel, id }: Wish) => this.over.get(channel) === id
    for (const wish of runs.values()) if (isOver(wish)) runs.delete(wish.channel)
    for (const list of this.lists.values())
      for (const channel of list.channels) {
        const wish: Wish = { id: '', channel, facets: ['view'] }
        if (!runs.has(channel) && !isOver(wish)) runs.set(channel, wish)
      }
    return [...runs.values()].slice(0, RUNS_LIMIT)
  }

  private async ask(): Promise<void> {
    const mine = (this.question = new AbortController())
    try {
      while (!this.isClosed && !mine.signal.aborted) {
        const wishes = this.wanted()
        if (!wishes.length) return
        const response = await this.request('/poll', this.init(wishes, mine.signal))
        if (mine.signal.aborted) return
        if (!response.ok) return void (await this.refused(response, this.own(wishes)))
        const answer = (await response.json()) as Answer
        if (mine.signal.aborted) return
        this.place.memory.refusals = 0
        this.answered(answer, wishes, response.headers.get('date'))
        await new Promise<void>((resolve) => this.place.here.setTimeout(resolve, GATHER))
      }
    } catch (error) {
      if (!mine.signal.aborted) this.lose(1006, error instanceof Error ? error.message : String(error))
    }
  }

  private init(wishes: Wish[], signal: AbortSignal): RequestInit & { headers: Record<string, string> } {
    const cursor = this.wishes.cursorOf(wishes.map(({ channel }) => channel))
    const subscribe = wishes.map(({ channel, facets, from, id }) => ({
      channel,
      ...(facets && { facets }),
      ...(from && !this.wishes.positions.has(channel) && { from }),
      ...(this.seen.get(channel) === id && { has_view: true }),
    }))
    // The first one only shows that answers come.
    const body = JSON.stringify({ subscribe, wait: this.isWelcome ? WAIT : 0, ...(cursor && { cursor }) })
    return { method: 'POST', body, signal, headers: { 'content-type': 'application/json' } }
  }

  /** Those that somebody has subscribed to; and whoever sees nothing but rows is told as well. */
  private own(wishes: Wish[]): Wish[] {
    const own = wishes.filter(({ id }) => id)
    for (const { channel, id } of wishes) if (!id) this.over.set(channel, id)
    return own
  }

  private answered({ messages, cursor }: Answer, wishes: Wish[], date: string | null): void {
    if (!Array.isArray(messages) || typeof cursor !== 'string') throw new Error('The server gave an answer that is none.')
    const said = messages as ServerMessage[]
    const ids = new Map(wishes.map(({ channel, id }) => [channel, id]))
    for (const message of said) this.note(message, ids)
    // Where its beginning has not come nothing was taken.
    this.wishes.reach(cursor, new Map([...ids].filter(([channel, id]) => this.seen.get(channel) === id)))
    this.arrived(said[0]?.at ?? timeOf(date))
    const rows = [...this.lists.values()].flatMap((list) => said.flatMap((message) => list.rowOf(message)))
    const own = this.addressed(said, ids).filter((message) => !('channel' in message) || ids.get(message.channel as string) !== '')
    this.tell([...this.restored(said), ...own, ...rows])
  }

  /** Each answer says what is degraded now: what it says no more is over. */
  private restored(said: readonly ServerMessage[]): ServerMessage[] {
    const now = new Set(said.flatMap((one) => (one.type === 'notice' && one.kind === 'degraded' && one.code ? [one.code] : [])))
    const over = [...this.degraded].filter((code) => !now.has(code))
    this.degraded = now
    return over.map((code) => ({ type: 'notice', at: this.now, kind: 'restored', code }) as const)
  }

  private note(message: ServerMessage, ids: Map<string, string>): void {
    const channel = 'channel' in message ? (message.channel as string) : ''
    const id = ids.get(channel)
    if (id === undefined) return
    if (message.type === 'snapshot' || (message.type === 'subscribed' && isUser(channel))) this.seen.set(channel, id)
    else if (message.type === 'finished' || message.type === 'unsubscribed' || message.type === 'error') this.over.set(channel, id)
  }

  /** Something came: that is what a heartbeat tells elsewhere. */
  private arrived(at: string): void {
    const now = this.place.here.now()
    this.tell(this.welcome(at, WAIT))
    if (now - this.beatAt < BEAT_EVERY) return
    this.beatAt = now
    this.tell([{ type: 'heartbeat', at, n: ++this.beats }])
  }

  // --- lists ---------------------------------------------------------------------------------------------------------

  private async look(): Promise<void> {
    try {
      for (const list of [...this.lists.values()]) await this.lookAt(list)
    } catch (error) {
      return this.lose(1006, error instanceof Error ? error.message : String(error))
    }
    if (this.isClosed) return
    this.place.here.clearTimeout(this.listTimer)
    this.listTimer = this.place.here.setTimeout(() => void this.look(), LIST_EVERY)
  }

  private async lookAt(list: PolledList): Promise<void> {
    const query = `project=${encodeURIComponent(list.project)}&limit=100&fields=id,created_at`
    const base = this.url.replace(/\/live$/, '')
    const response = await this.place.fetch(`${base}/runs?${query}`, {
      cache: 'no-store',
      credentials: 'omit',
      headers: { authorization: `Bearer ${this.wishes.token}` },
      signal: this.gone.signal,
    })
    if (this.isClosed || this.lists.get(list.channel) !== list) return
    if (!response.ok) {
      this.lists.delete(list.channel)
      return this.refused(response, [{ channel: list.channel, id: list.id }])
    }
    const { items } = (await response.json()) as { items: { id: string }[] }
    this.arrived(timeOf(response.headers.get('date')))
    this.tell(
      list.found(
        items.map(({ id }) => id),
        this.now,
      ),
    )
  }
}

/** The server's time, to the second. */
const timeOf = (date: string | null) => (date === null ? '' : new Date(date).toISOString())
