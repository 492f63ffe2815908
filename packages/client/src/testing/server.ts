import { foldPatches } from '../patches'
import type { Sample } from '../types'
import type { Notice, ViewerMessage } from '../wire'
import { FakeRun } from './run'
import type { FakeSocket, FakeWire } from './socket'
import type { FakeSurroundings } from './surroundings'

export { FakeRun } from './run'

const FLUSH_LINES = 200
/** `has_view`: who polls and holds the view goes on without it. */
type Subscribe = Extract<ViewerMessage, { type: 'subscribe' }> & { has_view?: boolean }

interface Watch {
  id: string
  line: number
  seq: number
  point: number
  facets: readonly string[]
  isEnded: boolean
}

interface List {
  id: string
  rows: Map<string, number>
  /** The runs that it was told of, and the counts by state. */
  known: Set<string>
  states: string
}

/** One viewer's conversation. */
interface Conversation {
  socket: FakeSocket
  isWelcome: boolean
  isVisible: boolean
  watches: Map<string, Watch>
  lists: Map<string, List>
  isAtSystem?: boolean
  /** Projects, with the id of the subscription and the counts that were told last. */
  projects: Map<string, { id: string; states: string }>
  /** `seq` of the newest notice that it was told, by channel. */
  told: Map<string, number>
  beat: number
}

/** What goes wrong on the way. Each is asked for every frame. */
export interface Faults {
  /** The frame is lost. */
  lose?: () => boolean
  /** The frame comes twice. */
  double?: () => boolean
}

/** A server of a few runs, as PROTOCOL.md section 4 says, on fake sockets and a fake clock. It can be made to misbehave. */
export class FakeServer {
  readonly runs = new Map<string, FakeRun>()
  readonly commands: Extract<ViewerMessage, { type: 'command' }>[] = []
  epoch = 'epoch-1'
  /** A token that is good. */
  token = 'good'
  heartbeat = 25
  faults: Faults = {}
  /** News reach nobody; subscribing still works. */
  isDeaf = false
  /** Channels that nobody may see. */
  readonly forbidden = new Set<string>()
  /** What is said of troubles to whoever comes. */
  degraded: Omit<Notice, 'at'>[] = []
  private notices: (Notice & { seq: number })[] = []
  /** Connections are taken, and nothing more is said: half open. */
  isSilent = false
  /** Whether it can be reached at all. */
  isAway = false
  private conversations: Conversation[] = []

  constructor(
    private readonly here: FakeSurroundings,
    wire: FakeWire,
  ) {
    wire.onOpen = (socket) => this.accept(socket)
    this.tick()
  }

  run(id: string): FakeRun {
    const run = this.runs.get(id) ?? new FakeRun(id, () => this.at())
    this.runs.set(id, run)
    return run
  }

  /** Tell everybody what is new. */
  flush(): void {
    if (!this.isDeaf) this.tellAll()
  }

  private tellAll(): void {
    for (const conversation of this.conversations) {
      this.tellNotices(conversation)
      for (const [channel, watch] of conversation.watches) this.advance(conversation, channel, watch)
      for (const channel of conversation.lists.keys()) this.tellRows(conversation, channel)
      this.tellCounts(conversation)
    }
  }

  remove(id: string): void {
    this.runs.delete(id)
    this.recheck()
    for (const one of this.conversations)
      for (const [channel, { rows }] of one.lists)
        if (rows.delete(id)) this.say(one, { type: 'rows_changed', channel, new: [], gone: [id], states: this.states() })
  }

  /** Rights have changed. */
  recheck(): void {
    for (const one of this.conversations)
      for (const [channel, watch] of [...one.watches]) {
        if (this.find(channel)) continue
        one.watches.delete(channel)
        this.say(one, { type: 'unsubscribed', id: watch.id, channel, why: 'gone', code: 'run_not_found' })
      }
    for (const one of this.conversations)
      for (const [channel, { id }] of [...one.lists])
        if (this.forbidden.has(channel) && one.lists.delete(channel))
          this.say(one, { type: 'unsubscribed', id, channel, why: 'gone', code: 'forbidden' })
    for (const one of this.conversations)
      for (const [channel, { id }] of [...one.projects])
        if (this.forbidden.has(channel) && one.projects.delete(channel))
          this.say(one, { type: 'unsubscribed', id, channel, why: 'gone', code: 'forbidden' })
  }

  /** End every connection. Without a code: it just breaks. */
  cut(code?: number, retryIn?: number): void {
    for (const one of this.conversations.splice(0)) {
      if (code !== undefined) this.say(one, { type: 'goodbye', code, why: 'cut', ...(retryIn !== undefined && { retry_in: retryIn }) })
      one.socket.end(code)
    }
  }

  /** Put back from a copy, or replaced. */
  replace(): void {
    this.epoch = `epoch-${Number(this.epoch.slice(6)) + 1}`
    this.cut(4110)
  }

  get viewerCount(): number {
    return this.conversations.filter(({ socket }) => !socket.closedBy).length
  }

  private at(): string {
    return new Date(this.here.now()).toISOString()
  }

  /** Somebody connects. */
  accept(socket: FakeSocket): void {
    this.conversations = this.conversations.filter((one) => !one.socket.closedBy)
    if (this.isAway) {
      this.here.setTimeout(() => socket.end(), 5)
      return
    }
    const conversation: Conversation = {
      socket,
      isWelcome: false,
      isVisible: true,
      watches: new Map(),
      lists: new Map(),
      projects: new Map(),
      told: new Map(),
      beat: 0,
    }
    this.conversations.push(conversation)
    socket.onHear = (message) => this.here.setTimeout(() => this.isSilent || socket.closedBy || this.hear(conversation, message), 1)
    this.here.setTimeout(() => socket.open(), 1)
  }

  private say(to: Conversation, ...messages: object[]): void {
    if (this.isSilent || !messages.length) return
    const stamped = messages.map((message) => ({ ...message, at: this.at() }))
    if (this.faults.lose?.()) return
    to.socket.say(...stamped)
    if (this.faults.double?.()) to.socket.say(...stamped)
  }

  private hear(from: Conversation, said: ViewerMessage): void {
    switch (said.type) {
      case 'hello':
        from.isVisible = said.visible
        return this.greet(from, said.token)
      case 'subscribe':
        return this.subscribe(from, said)
      case 'unsubscribe':
        from.watches.delete(said.channel)
        from.lists.delete(said.channel)
        from.projects.delete(said.channel)
        from.told.delete(said.channel)
        if (said.channel === 'system') from.isAtSystem = false
        return
      case 'rows':
        return this.look(from, said)
      case 'visible':
        from.isVisible = said.visible
        return this.flush()
      case 'command':
        this.commands.push(said)
        if (said.do === 'cancel') this.say(from, { type: 'answer', id: said.id, ok: true, state: 'cancelling' })
        else this.say(from, { type: 'error', id: said.id, code: 'forbidden', temporary: false, message: 'No.' })
    }
  }

  private greet(from: Conversation, token: string): void {
    if (token === this.token) {
      from.isWelcome = true
      this.say(from, { type: 'welcome', version: 1, node: 'node-1', heartbeat: this.heartbeat, expires_in: 600, limits: {} })
      this.say(from, ...this.degraded)
      return
    }
    this.conversations = this.conversations.filter((one) => one !== from)
    const code = token === 'expired' ? 4201 : 4501
    this.say(from, { type: 'goodbye', code, why: 'token' })
    from.socket.end(code)
  }

  private find(channel: string): FakeRun | undefined {
    const run = this.runs.get(channel.slice('run:'.length))
    return run?.isHidden ? undefined : run
  }

  private subscribe(to: Conversation, said: Subscribe): void {
    if (this.forbidden.has(said.channel)) {
      return this.say(to, { type: 'error', id: said.id, code: 'forbidden', temporary: false, message: 'No.' })
    }
    if (said.channel === 'system') {
      to.isAtSystem = true
      return this.say(to, { type: 'subscribed', id: said.id, channel: said.channel, epoch: this.epoch, result: 'fresh' })
    }
    if (said.channel.startsWith('project:')) {
      to.projects.set(said.channel, { id: said.id, states: '' })
      this.say(to, { type: 'subscribed', id: said.id, channel: said.channel, epoch: this.epoch, result: 'fresh' })
      return this.tellCounts(to)
    }
    if (said.channel.startsWith('user:')) {
      const position = said.from && 'position' in said.from && said.from.position[0] === this.epoch ? said.from.position : null
      to.told.set(said.channel, position?.[2] ?? 0)
      if (!said.has_view || !position)
        this.say(to, { type: 'subscribed', id: said.id, channel: said.channel, epoch: this.epoch, result: 'fresh' })
      return this.tellNotices(to)
    }
    if (said.channel.startsWith('runs:')) {
      const known = new Set(this.runs.keys())
      to.lists.set(said.channel, { id: said.id, rows: new Map(), known, states: JSON.stringify(this.states()) })
      this.say(to, { type: 'subscribed', id: said.id, channel: said.channel, epoch: this.epoch, result: 'fresh' })
      this.say(to, { type: 'rows_changed', channel: said.channel, new: [], gone: [], states: this.states() })
      return
    }
    const run = this.find(said.channel)
    if (!run) return this.say(to, { type: 'error', id: said.id, code: 'run_not_found', temporary: false, message: 'There is no such run.' })
    const { line, seq, result } = this.begin(run, said.from)
    const why = said.from && 'position' in said.from && said.from.position[0] !== this.epoch ? 'epoch' : 'ahead'
    const { channel } = said
    const goesOn = said.has_view === true && result === 'resumed'
    if (!goesOn)
      this.say(
        to,
        { type: 'subscribed', id: said.id, channel, epoch: this.epoch, result },
        ...(result === 'reset' ? [{ type: 'reset', channel, why }] : []),
        { type: 'snapshot', channel, seq: run.seq, line, view: structuredClone(run.view), log_hash: this.hashAt(run, line) },
      )
    const facets = said.facets ?? ['log', 'view', 'metric']
    const watch: Watch = { id: said.id, line, seq: goesOn ? seq : run.seq, point: seq, facets, isEnded: false }
    to.watches.set(channel, watch)
    this.advance(to, channel, watch)
  }

  private begin(run: FakeRun, from: Subscribe['from']): { line: number; seq: number; result: 'fresh' | 'resumed' | 'reset' } {
    if (!from) return { line: 0, seq: run.seq, result: 'fresh' }
    if ('line' in from) return { line: Math.min(from.line, run.line), seq: run.seq, result: 'fresh' }
    if ('tail' in from) return { line: Math.max(0, run.line - from.tail), seq: run.seq, result: 'fresh' }
    const [epoch, line, seq] = from.position
    if (epoch !== this.epoch || line > run.line || seq > run.seq) return { line: 0, seq: run.seq, result: 'reset' }
    return { line, seq, result: 'resumed' }
  }

  /** The real server does not know it everywhere either. */
  private hashAt(run: FakeRun, line: number): number | null {
    return line === 0 || line === run.line ? (run.hashes[line] ?? null) : null
  }

  private advance(to: Conversation, channel: string, watch: Watch): void {
    const run = this.find(channel)
    if (!run || watch.isEnded) return
    if (watch.facets.includes('view') && run.seq > watch.seq) {
      const patches = run.patches.slice(watch.seq, run.seq)
      const view = patches.reduce((all, patch) => foldPatches(all, patch), {})
      this.say(to, { type: 'patch', channel, seq: run.seq, view, folded: patches.length - 1 })
      watch.seq = run.seq
    }
    if (!to.isVisible) return
    this.sendLog(to, channel, watch, run)
    const points = watch.facets.includes('metric') ? run.pointsAfter(watch.point) : []
    if (points.length) this.say(to, { type: 'points', channel, after_seq: watch.point, to_seq: run.seq, points, thinned: false })
    watch.point = run.seq
    const finished = run.finished()
    if (!finished || (watch.facets.includes('log') && watch.line < run.line)) return
    watch.isEnded = true
    this.say(to, finished)
  }

  private sendLog(to: Conversation, channel: string, watch: Watch, run: FakeRun): void {
    if (!watch.facets.includes('log')) return
    if (watch.line + 1 < run.firstKept) {
      this.say(to, { type: 'gap', channel, facet: 'log', from: watch.line + 1, to: run.firstKept - 1, why: 'evicted', url: '/log' })
      watch.line = run.firstKept - 1
    }
    while (watch.line < run.line) {
      const entries = run.entries.slice(watch.line, watch.line + FLUSH_LINES)
      this.say(to, { type: 'entries', channel, first: watch.line + 1, entries })
      watch.line += entries.length
    }
  }

  private look(from: Conversation, { channel, add, remove }: Extract<ViewerMessage, { type: 'rows' }>): void {
    const rows = from.lists.get(channel)?.rows
    if (!rows) return
    for (const run of remove) rows.delete(run)
    for (const run of add) rows.set(run, -1)
    const gone = add.filter((run) => !this.runs.has(run))
    for (const run of gone) rows.delete(run)
    if (gone.length) this.say(from, { type: 'rows_changed', channel, new: [], gone, states: this.states() })
    this.tellRows(from, channel)
  }

  private tellRows(to: Conversation, channel: string): void {
    const list = to.lists.get(channel)
    if (!list) return
    const states = JSON.stringify(this.states())
    if (states !== list.states) this.say(to, { type: 'rows_changed', channel, new: [], gone: [], states: this.states() })
    list.states = states
    for (const [id, seq] of list.rows) {
      const run = this.runs.get(id)
      if (!run || run.seq <= seq) continue
      const isWhole = seq < 0
      const patch = isWhole ? structuredClone(run.view) : run.patches.slice(seq, run.seq).reduce((all, one) => foldPatches(all, one), {})
      this.say(to, { type: 'row', channel, run: id, seq: run.seq, ...(isWhole && { whole: true }), patch })
      list.rows.set(id, run.seq)
    }
  }

  private tellCounts(to: Conversation): void {
    const states = JSON.stringify(this.states())
    for (const [channel, project] of to.projects) {
      if (project.states === states) continue
      project.states = states
      this.say(to, { type: 'counts', channel, states: this.states() })
    }
  }

  /** Tell all lists of runs that came. */
  announce(...runs: string[]): void {
    for (const one of this.conversations)
      for (const [channel, list] of one.lists) {
        for (const run of runs) list.known.add(run)
        list.states = JSON.stringify(this.states())
        this.say(one, { type: 'rows_changed', channel, new: runs, gone: [], states: this.states() })
      }
    for (const one of this.conversations) this.tellCounts(one)
  }

  /** Tell everybody that their token ends soon. */
  announceExpiry(): void {
    for (const one of this.conversations) this.say(one, { type: 'token_expiring', in: 30 })
  }

  /** Tell all who look on how the installation is doing. */
  sample(samples: Sample[]): void {
    for (const one of this.conversations) if (one.isAtSystem) this.say(one, { type: 'samples', channel: 'system', samples })
  }

  /** News come late from now on, or (`lateSeconds` null) no more; everybody is told. */
  degrade(code: string, lateSeconds: number | null = 5): void {
    const others = this.degraded.filter((one) => one.code !== code)
    const told = { type: 'notice', kind: lateSeconds === null ? 'restored' : 'degraded', code, title: `${code}.` } as const
    this.degraded = lateSeconds === null ? others : [...others, { ...told, late_seconds: lateSeconds }]
    const news = this.degraded.at(-1)
    for (const one of this.conversations) if (one.isWelcome) this.say(one, lateSeconds === null || !news ? told : news)
  }

  /** Tell everybody something. The same id again: it is taken back. */
  notify(id: string, title: string, more: Partial<Notice> = {}): void {
    const isKnown = this.notices.some(({ notice }) => notice === id)
    const seq = (this.notices.at(-1)?.seq ?? 0) + 1
    const notice = {
      type: 'notice',
      at: this.at(),
      seq,
      notice: id,
      title,
      kind: isKnown ? 'withdrawn' : 'message',
      level: 'info',
      ...more,
    } as const
    this.notices = [...this.notices.filter((one) => one.notice !== id), notice]
    if (!this.isDeaf) for (const one of this.conversations) this.tellNotices(one)
  }

  private tellNotices(to: Conversation): void {
    for (const [channel, told] of to.told) {
      const isTheirs = (user: string | undefined) => user === undefined || channel === `user:${user}`
      const news = this.notices.filter(({ seq, kind, user }) => seq > told && isTheirs(user) && (told > 0 || kind === 'message'))
      this.say(to, ...news.map((notice) => ({ ...notice, channel })))
      to.told.set(channel, this.notices.at(-1)?.seq ?? 0)
    }
  }

  private states(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { view, ending } of this.runs.values()) if (view.state && !ending) counts[view.state] = (counts[view.state] ?? 0) + 1
    return counts
  }

  private tick(): void {
    this.here.setTimeout(() => {
      this.tellAll() // from time to time the journal is read, whatever was heard
      const unknown = [...this.runs.keys()].filter((run) => this.conversations.some(({ lists }) => [...lists.values()].some(({ known }) => !known.has(run)))) // prettier-ignore
      if (unknown.length) this.announce(...unknown)
      for (const one of this.conversations) {
        if (!one.isWelcome) continue
        const tops = Object.fromEntries([...one.watches.keys()].map((name) => [name, this.find(name)] as const).map(([name, run]) => [name, [run?.line ?? 0, run?.seq ?? 0]])) // prettier-ignore
        this.say(one, { type: 'heartbeat', n: ++one.beat, tops })
      }
      this.tick()
    }, this.heartbeat * 1_000)
  }
}
