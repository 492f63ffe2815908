import { Commands, newKey } from './commands'
import { Connection, type ConnectionOptions } from './connection'
import { type CursorStore, type Kept, readKept, writeKept } from './cursors'
import { Delivery, type Telling } from './delivery'
import { newestAt } from './lag'
import { ListChannel } from './list_channel'
import { PlainChannel } from './plain_channel'
import { RunChannel } from './run_channel'
import type { Status } from './status'
import { type Surroundings, surroundingsOf } from './surroundings'
import {
  type ListListener,
  type ListMember,
  ListTopic,
  type RunListener,
  type RunMember,
  RunTopic,
  type ApprovalsListener,
  type PlainMember,
  type ProjectListener,
  PlainTopic,
  type SystemListener,
  type Topic,
  type UserListener,
} from './topics'
import type { Json, Position } from './types'
import type { Facet, From, ServerMessage, ViewerMessage } from './wire'

/** A person cannot read numbers that change faster. */
const NUMBERS_EVERY = 250
const CURSOR_EVERY = 1_000

export interface LiveOptions extends ConnectionOptions {
  /** `ws://host/api/v1/live`, or `wss:`. */
  url: string | URL
  /** Called before each connection, and when a token expires. `isRefused`: the last one was no longer good. May reject with `{ isFinal: true }`: nobody is signed in. */
  getToken: (why: { isRefused: boolean }) => Promise<string>
  /** Keeps positions over a reload; default: nowhere. */
  cursors?: CursorStore
  /** Default: the browser's, or plain ones where there is no window. */
  surroundings?: Surroundings
  /** Failed attempts in a row until it stops; default: never. */
  maxAttempts?: number
}

export interface RunOptions {
  /** Default: all. */
  facets?: readonly Facet[]
  /** Where the log begins. Default: where `cursors` says, else the first line. */
  from?: From
}

export interface RunSubscription {
  readonly run: string
  /** What the listener has been told so far; null before the start. */
  readonly position: Position | null
  /** Ask for something (`cancel`). Rejects with `CommandRefused`. Given offline, it waits for the next connection. */
  command(what: string, args?: Record<string, Json>): Promise<Record<string, Json>>
  close(): void
}

export interface ListSubscription {
  /** The runs that are in view now, at most 200: only their rows come. */
  see(runs: string[]): void
  close(): void
}

type Member = RunMember | ListMember | PlainMember

/** One connection to a server, for any number of runs and lists. It connects when something is subscribed, and stays current by itself. */
export class Live {
  private readonly here: Surroundings
  private readonly connection: Connection
  private readonly topics = new Map<string, Topic>()
  private readonly delivery: Delivery<Topic>
  private readonly commands: Commands
  private readonly kept: Kept
  private readonly statusListeners = new Set<(status: Status) => void>()
  private readonly guard = (call: () => void) => {
    try {
      call()
    } catch (error) {
      this.here.reportError(error)
    }
  }
  private lastId = 0
  private isStale = false
  private toldAt = 0
  private keptAt = 0
  private numbersTimer: unknown = null

  constructor(private readonly options: LiveOptions) {
    this.here = options.surroundings ?? surroundingsOf()
    this.kept = readKept(options.cursors)
    this.delivery = new Delivery<Topic>(
      this.here,
      (topic, tellings) => this.hand(topic, tellings),
      () => this.afterDelivery(),
    )
    this.connection = new Connection(options, this.here, {
      isWanted: () => [...this.topics.values()].some(({ isDone }) => !isDone),
      onGreet: () => this.topics.forEach(({ channel }) => channel.ask()),
      onWelcome: () => this.commands.resume(),
      onMessage: (message, now) => this.take(message, now),
      onFrameEnd: () => this.delivery.hurry(),
      onGiveUp: (why) => this.commands.giveUp('connection_closed', why),
      onStatus: (status) => this.tellStatus(status),
      onHide: () => {
        this.delivery.flush()
        this.keep()
      },
    })
    this.commands = new Commands(
      (message) => this.connection.isOpen && this.after(() => this.connection.say(message)),
      (callback, ms) => this.here.setTimeout(callback, ms),
      (timer) => this.here.clearTimeout(timer),
    )
  }

  get status(): Status {
    return this.connection.status
  }

  /** Hears every change of `status`. Returns how to stop that. */
  onStatus(listener: (status: Status) => void): () => void {
    this.statusListeners.add(listener)
    return () => this.statusListeners.delete(listener)
  }

  /** Milliseconds since 1970 by the server's clock. */
  serverNow(): number {
    return this.connection.clock.read(this.here.now())
  }

  /**
   * Follow a run. Whoever comes second joins where the first one is: the present view at once, then what is new;
   * earlier lines are to be had by REST.
   */
  run(id: string, listener: RunListener, options: RunOptions = {}): RunSubscription {
    const name = `run:${id}`
    const member: RunMember = { listener }
    const topic = (this.topics.get(name) as RunTopic | undefined) ?? this.newRun(id, options)
    if (topic.members.size) this.here.onFrame(() => topic.members.has(member) && this.guard(() => topic.welcome(member)))
    topic.members.add(member)
    this.after(() => topic.channel.widen(options.facets))
    this.want(name, topic)
    return {
      run: id,
      get position() {
        return topic.position
      },
      command: (what, args = {}) =>
        this.commands.give(
          this.nextId(),
          name,
          what,
          args,
          newKey(() => this.here.random()),
        ),
      close: () => this.leave(name, topic, member),
    }
  }

  private newRun(id: string, { facets, from }: RunOptions): RunTopic {
    const name = `run:${id}`
    const at = from || !this.options.cursors ? undefined : this.kept.positions.get(name)
    const channel = new RunChannel(id, this.outletOf(name), facets, from ?? (at && { position: at }))
    return new RunTopic(channel, at !== undefined && this.kept.finished.has(name))
  }

  /** The runs of a project as a live list. */
  list(project: string, listener: ListListener): ListSubscription {
    const name = `runs:${project}`
    const member: ListMember = { listener, see: new Set() }
    const topic = (this.topics.get(name) as ListTopic | undefined) ?? new ListTopic(new ListChannel(project, this.outletOf(name)))
    topic.members.add(member)
    this.want(name, topic)
    return {
      see: (runs) => this.after(() => topic.see(member, runs, this.guard)),
      close: () => {
        this.after(() => topic.see(member, [], this.guard))
        this.leave(name, topic, member)
      },
    }
  }

  /** How the installation is doing. */
  system(listener: SystemListener): { close(): void } {
    return this.plain('system', listener)
  }

  /** How many runs of a project are under way: for who shows a number, and would have no use for rows. Not by polls, which have no counts. */
  project(name: string, listener: ProjectListener): { close(): void } {
    return this.plain(`project:${name}`, listener)
  }

  /** How many requests for approval wait for who looks, and when the list of them is another. Not by polls. */
  approvals(listener: ApprovalsListener): { close(): void } {
    return this.plain('approvals', listener)
  }

  /** What the person of this name is told, and everybody: they may be no other than whose token it is. */
  user(name: string, listener: UserListener): { close(): void } {
    return this.plain(`user:${name}`, listener)
  }

  private plain(name: string, listener: PlainMember['listener']): { close(): void } {
    const member: PlainMember = { listener }
    const topic = (this.topics.get(name) as PlainTopic | undefined) ?? new PlainTopic(new PlainChannel(name, this.outletOf(name)))
    topic.members.add(member)
    this.want(name, topic)
    return { close: () => this.leave(name, topic, member) }
  }

  /** Try now: a person wants it. */
  reconnect(): void {
    this.connection.insist()
  }

  /** For good. What has been received is still told. */
  close(): void {
    this.delivery.flush()
    this.keep()
    this.here.clearTimeout(this.numbersTimer)
    this.connection.close()
    this.topics.clear()
  }

  // --- subscriptions ------------------------------------------------------------------------------------------------

  private nextId(): string {
    return String(++this.lastId)
  }

  private outletOf(name: string) {
    return {
      tell: (telling: Telling) => this.note(name, telling),
      say: (message: ViewerMessage) => this.connection.say(message),
      nextId: () => this.nextId(),
      later: (act: () => void, ms: number) => void this.here.setTimeout(() => this.after(act), ms),
    }
  }

  /** Do something that may say something, and send what was said. */
  private after(act: () => void): void {
    act()
    this.connection.send()
  }

  private want(name: string, topic: Topic): void {
    if (this.topics.has(name)) return
    this.topics.set(name, topic)
    if (this.connection.isGreeted) this.after(() => topic.channel.ask())
    else this.connection.happen({ type: 'changed' })
  }

  private leave(name: string, topic: Topic, member: Member): void {
    const members = topic.members as Set<Member>
    if (!members.delete(member) || members.size || this.topics.get(name) !== topic) return
    this.topics.delete(name)
    this.after(() => topic.channel.leave())
    this.connection.happen({ type: 'changed' })
  }

  // --- news ---------------------------------------------------------------------------------------------------------

  private take(message: ServerMessage, now: number): void {
    if (message.type === 'answer') return this.commands.answered(message)
    if (message.type === 'error') {
      for (const { channel } of this.topics.values()) if (channel.refuse(message)) return
      return this.commands.refuse(message)
    }
    if (message.type === 'heartbeat') {
      for (const { channel } of this.topics.values()) channel.beat(message.tops?.[channel.name], this.here.isVisible())
    } else if ('channel' in message && message.channel) {
      const channel = this.topics.get(message.channel)?.channel
      channel?.take(message)
      if (channel) this.measure(message, now, channel.since)
    }
  }

  /** How old the newest event is on arrival. What a reconnect brings is old for a reason. */
  private measure(message: ServerMessage, now: number, since: number): void {
    const at = newestAt(message)
    if (!at || !(at >= since)) return
    const { clock, tally } = this.connection
    clock.hear(message.at, now)
    tally.lagMs = Math.max(0, Math.round(clock.read(now) - at))
    this.isStale = true
  }

  private note(name: string, telling: Telling): void {
    const topic = this.topics.get(name)
    if (!topic) return
    const { tally } = this.connection
    if (telling.type === 'view') tally.folded += telling.folded
    else if (telling.type === 'gap' && telling.gap.facet === 'log') tally.lostLines += telling.gap.to - telling.gap.from + 1
    else if (telling.type === 'resumed') tally.caughtUp += telling.events
    this.isStale = true
    this.delivery.add(topic, telling)
  }

  private hand(topic: Topic, tellings: Telling[]): void {
    for (const telling of tellings) topic.hand(telling, this.guard)
    if (!(topic instanceof RunTopic)) return
    const { name, position } = topic.channel
    topic.position = position
    if (!position) return
    // Deleted first: the order of the map is that of the last use.
    this.kept.positions.delete(name)
    this.kept.positions.set(name, position)
    for (const { type } of tellings) {
      if (type === 'finished') this.kept.finished.add(name)
      else if (type === 'reset') this.kept.finished.delete(name)
    }
  }

  private afterDelivery(): void {
    const now = this.here.now()
    if (now - this.keptAt >= CURSOR_EVERY || [...this.topics.values()].every(({ isDone }) => isDone)) this.keep()
    if (this.isStale) this.tellNumbers(now)
  }

  /** Now, or when people can read them again. */
  private tellNumbers(now: number): void {
    const wait = this.toldAt + NUMBERS_EVERY - now
    if (wait <= 0) this.connection.tellStatus()
    else
      this.numbersTimer ??= this.here.setTimeout(() => {
        this.numbersTimer = null
        if (this.isStale) this.connection.tellStatus()
      }, wait)
  }

  private keep(): void {
    const { cursors } = this.options
    this.keptAt = this.here.now()
    if (cursors) this.guard(() => writeKept(cursors, this.kept))
  }

  private tellStatus(status: Status): void {
    this.isStale = false
    this.toldAt = this.here.now()
    for (const listener of [...this.statusListeners]) this.guard(() => listener(status))
  }
}
