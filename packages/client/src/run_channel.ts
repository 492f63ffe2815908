/** One run as one viewer sees it: positions, holes, gaps and the proof by hash, without I/O. Its twin is `Viewer` in `src/headway/sdk/viewer.py`. */

import { crc32 } from './crc32'
import { applyPatch } from './patches'
import type { Entry, Finished, Gap, Point, Position, View } from './types'
import {
  type Ended,
  type Entries,
  type Facet,
  type From,
  Malformed,
  type Missing,
  type Patch,
  type Patched,
  type Points,
  type Refused,
  type RunMessage,
  type ServerMessage,
  type Snapshot,
  type Subscribed,
  type Unsubscribed,
  type ViewerMessage,
  whole,
} from './wire'

/** How often a hole is asked for again before it is told as a gap. */
const ASK_LIMIT = 3
const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost'])

/** What a listener of a run is told. */
export type RunTelling =
  | { type: 'start'; line: number; seq: number }
  | { type: 'view'; view: View; seq: number; patch: Patch | null; folded: number }
  | { type: 'entries'; first: number; entries: Entry[] }
  | { type: 'points'; points: Point[]; isThinned: boolean }
  | { type: 'gap'; gap: Gap }
  | { type: 'reset'; why: string }
  | { type: 'finished'; finished: Finished }
  | { type: 'closed'; code: string; why: string }
  /** After a reconnect: how many events it brought. Told to nobody but the one who counts. */
  | { type: 'resumed'; events: number }

export interface Outlet<T> {
  tell(telling: T): void
  say(message: ViewerMessage): void
  nextId(): string
  /** Do something later, and send what it says. */
  later(act: () => void, ms: number): void
}

/**
 * Where a subscription stands: `asked` until the server says `subscribed`, `begun` until the snapshot; before that, news are of an older one.
 * `ended`: the run has, and only that it was deleted may still be told.
 */
type Stage = 'asked' | 'begun' | 'live' | 'refused' | 'ended' | 'done'

export class RunChannel {
  readonly name: string
  line = 0
  seq = 0
  view: View = {}
  /** When the subscription was answered, by the server's clock: what happened earlier is no news. */
  since = Infinity
  private epoch = ''
  private stage: Stage = 'asked'
  private asked = ''
  private isStarted = false
  private hash: number | null = null
  private isWhole = true
  private holes = 0
  /** The last event of which points came: a stream that takes over may tell some of them again. */
  private pointSeq = 0
  /** Where we stood at the last heartbeat, if that was too low. */
  private behind = ''

  constructor(
    run: string,
    private readonly out: Outlet<RunTelling>,
    private facets: readonly Facet[] | undefined,
    private readonly from: From | undefined,
  ) {
    this.name = `run:${run}`
    if (from && 'position' in from) [this.epoch, this.line, this.seq] = from.position
  }

  get isDone(): boolean {
    return this.stage === 'ended' || this.stage === 'done'
  }

  get position(): Position | null {
    return this.isStarted ? [this.epoch, this.line, this.seq] : null
  }

  private has(facet: Facet): boolean {
    return !this.facets || this.facets.includes(facet)
  }

  /** Subscribe, at the beginning of a connection or again. */
  ask(): void {
    if (this.isDone) this.stage = 'done'
    if (this.isDone) return
    this.stage = 'asked'
    this.behind = ''
    this.asked = this.out.nextId()
    const from = this.isStarted ? { position: [this.epoch, this.line, this.seq] as const } : this.from
    this.out.say({
      type: 'subscribe',
      id: this.asked,
      channel: this.name,
      ...(this.facets && { facets: this.facets }),
      ...(from && { from }),
    })
  }

  leave(): void {
    if (this.stage !== 'done' && this.stage !== 'refused') this.out.say({ type: 'unsubscribe', id: this.out.nextId(), channel: this.name })
    this.stage = 'done'
  }

  /** Further facets are wanted: all from now on. */
  widen(facets: readonly Facet[] | undefined): void {
    if (!this.facets || facets?.every((facet) => this.has(facet))) return
    this.facets = facets && [...new Set([...this.facets, ...facets])]
    this.askAgain()
  }

  private askAgain(): void {
    if (this.isDone) return
    this.out.say({ type: 'unsubscribe', id: this.out.nextId(), channel: this.name })
    this.ask()
  }

  /** Whether an error was about the subscription. */
  refuse(error: Refused): boolean {
    if (String(error.id) !== this.asked) return false
    if (this.isDone) return true
    if (error.temporary) this.stage = 'refused'
    else this.end(error.code ?? 'error', error.message ?? '')
    return true
  }

  private end(code: string, why: string): void {
    this.stage = 'done'
    this.out.tell({ type: 'closed', code, why })
  }

  /**
   * A heartbeat, with the server's top. Two in a row that stand above us while nothing came between: something was lost, so ask again.
   * So it is with an answer to our question, and with the end. One that is not looked at gets no log, and is behind for a reason.
   */
  beat(top: readonly [number, number] | undefined, isVisible: boolean): void {
    if (this.isDone) return
    if (this.stage === 'refused') return this.ask()
    const here = `${this.stage} ${this.line} ${this.seq}`
    const isBehind = this.stage !== 'live' || (isVisible && this.isBelow(top))
    if (isBehind && this.behind === here) this.askAgain()
    else this.behind = isBehind ? here : ''
  }

  private isBelow(top: readonly [number, number] | undefined): boolean {
    if (this.view.state && FINAL.has(this.view.state)) return true
    return !!top && ((this.has('log') && this.line < whole(top[0])) || (this.has('view') && this.seq < whole(top[1])))
  }

  take(message: ServerMessage): void {
    const said = message as RunMessage
    if (said.type === 'unsubscribed') return this.unsubscribed(said)
    if (said.type === 'subscribed') return this.subscribed(said)
    if (this.stage === 'begun') {
      if (said.type === 'snapshot') this.snapshot(said)
      else if (said.type === 'reset') this.forget(said.why ?? '')
    } else if (this.stage === 'live') this.takeNews(said)
  }

  private takeNews(said: RunMessage): void {
    switch (said.type) {
      case 'snapshot':
        return this.snapshot(said)
      case 'patch':
        return this.patch(said)
      case 'entries':
        return this.entries(said)
      case 'points':
        return this.points(said)
      case 'gap':
        return this.gap(said)
      case 'finished':
        return this.finished(said)
      case 'reset':
        this.forget(said.why ?? '')
        this.stage = 'begun'
    }
  }

  private subscribed(said: Subscribed): void {
    // Once live, it is told again when another stream takes over.
    if (String(said.id) !== this.asked || (this.stage !== 'asked' && this.stage !== 'live')) return
    if (this.epoch && said.epoch !== this.epoch) this.forget('epoch')
    this.epoch = said.epoch
    this.stage = 'begun'
  }

  private forget(why: string): void {
    if (this.line || this.seq) this.out.tell({ type: 'reset', why })
    this.line = this.seq = this.pointSeq = this.holes = 0
    this.hash = null
    this.isWhole = true
    this.isStarted = false
    this.view = {}
  }

  private snapshot(said: Snapshot): void {
    const line = whole(said.line),
      seq = whole(said.seq)
    const isFirst = !this.isStarted
    if (!isFirst && this.stage === 'begun') this.out.tell({ type: 'resumed', events: Math.max(0, seq - this.seq) })
    this.isStarted = true
    this.stage = 'live'
    this.since = Date.parse(said.at)
    if (isFirst) {
      this.line = line
      this.hash = said.log_hash
      this.out.tell({ type: 'start', line, seq })
    } else if (line === this.line && said.log_hash !== null) {
      if (this.hash !== null && this.hash !== said.log_hash) this.isWhole = false
      this.hash = said.log_hash
    }
    if (seq >= this.seq || isFirst) this.show(said.view, seq, null, 0)
  }

  private show(view: View, seq: number, patch: Patch | null, folded: number): void {
    this.view = view
    this.seq = seq
    this.out.tell({ type: 'view', view, seq, patch, folded })
  }

  private patch(said: Patched): void {
    if (whole(said.seq) > this.seq) this.show(applyPatch(this.view, said.view), said.seq, said.view, said.folded ?? 0)
  }

  private entries(said: Entries): void {
    const first = whole(said.first)
    if (!Array.isArray(said.entries)) throw new Malformed('entries must be a list.')
    if (first > this.line + 1) {
      if (this.hole(first - 1)) return
      this.line = first - 1
    }
    const fresh = said.entries.slice(this.line + 1 - first)
    if (!fresh.length) return
    for (const entry of fresh)
      if (this.hash !== null) this.hash = crc32(`${typeof entry.text === 'string' ? entry.text : entry.kind}\n`, this.hash)
    const start = this.line + 1
    this.line += fresh.length
    this.holes = 0
    this.out.tell({ type: 'entries', first: start, entries: fresh })
  }

  /** Lines up to `last` are missing: ask for them and say true; or, having asked often enough, tell of a gap. */
  private hole(last: number): boolean {
    this.holes++
    if (this.holes <= ASK_LIMIT) {
      this.askAgain()
      return true
    }
    this.miss({ facet: 'log', from: this.line + 1, to: last, why: 'missing' })
    return false
  }

  private miss(gap: Gap): void {
    if (gap.facet === 'log') {
      this.line = gap.to
      this.holes = 0
      this.isWhole = false
      this.hash = null
    }
    this.out.tell({ type: 'gap', gap })
  }

  private points(said: Points): void {
    const points = said.points.filter(({ seq }) => seq > this.pointSeq)
    this.pointSeq = Math.max(this.pointSeq, whole(said.to_seq))
    if (points.length) this.out.tell({ type: 'points', points, isThinned: said.thinned === true })
  }

  private gap(said: Missing): void {
    let from = whole(said.from)
    const to = whole(said.to)
    if (said.facet === 'log') {
      if (to <= this.line) return
      from = Math.max(from, this.line + 1)
    }
    this.miss({ facet: said.facet, from, to, why: said.why ?? '', ...(said.url && { url: said.url }) })
  }

  private finished(said: Ended): void {
    const line = whole(said.line)
    if (this.has('log') && line > this.line && this.hole(line)) return
    // The last change of the view comes before the end; if it was lost, it is worth asking.
    if (this.has('view') && this.view.state !== said.state && ++this.holes <= ASK_LIMIT) return this.askAgain()
    // The server does not know the hash at every line, so one that began in the middle may have only the count to go by.
    const agrees = this.hash === null || this.hash === said.log_hash
    this.stage = 'ended'
    this.out.tell({
      type: 'finished',
      finished: {
        state: said.state,
        seq: said.seq,
        line,
        isComplete: !this.has('log') || (this.isWhole && line === this.line && agrees),
        ...(said.result !== undefined && { result: said.result }),
        ...(said.result_url && { resultUrl: said.result_url }),
        ...(said.error && { error: said.error }),
      },
    })
  }

  private unsubscribed(said: Unsubscribed): void {
    // Another id is of a subscription that we gave up ourselves.
    if (this.stage !== 'done' && (said.id == null || String(said.id) === this.asked)) this.end(said.code ?? '', said.why ?? '')
  }
}
