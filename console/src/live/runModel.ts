import type { Entry, Finished, Gap, Json, Live, Point, RunSubscription, View } from '@headway/client'
import { type Rest, type RunDetail, type Step, Unreachable } from '@headway/client/rest'
import { computed, type ComputedRef, type ShallowRef, shallowRef } from 'vue'

import { Log } from './log'
import { StepBook } from './steps'
import { RETRY_MS, type Trouble, troubleOf } from './trouble'

const TAIL = 500
const GAP_LIMIT = 100
const STEP_LIMIT = 10_000
const STEP_PAGE = 1_000
/** Steps that the detail of a run brings. */
const STEPS_IN_DETAIL = 200
/** After these the run's fields and attempts are read again; all else comes live. */
const TURNS = new Set(['attempt.started', 'attempt.ended', 'result.stored'])

type Listener<T> = (items: T[]) => void

/** One run as a page shows it: what REST says at the beginning and at each turn, and what comes live in between. Without Vue's scopes: `useRun` has those. */
export class RunModel {
  readonly view: ShallowRef<View> = shallowRef({})
  readonly seq = shallowRef(0)
  readonly detail = shallowRef<RunDetail | null>(null)
  readonly steps = shallowRef<readonly Step[]>([])
  readonly problem = shallowRef<Trouble | null>(null)
  readonly finished = shallowRef<Finished | null>(null)
  readonly closed = shallowRef<{ code: string; why: string } | null>(null)
  readonly gaps = shallowRef<readonly Gap[]>([])
  readonly isStarted = shallowRef(false)
  readonly isLive: ComputedRef<boolean> = computed(() => this.isStarted.value && !this.finished.value && !this.closed.value)
  readonly log: Log
  private readonly book: StepBook
  private readonly pointListeners = new Set<Listener<Point>>()
  private readonly entryListeners = new Set<Listener<Entry>>()
  private readonly subscription: RunSubscription
  private readonly gone = new AbortController()
  private retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly run: string,
    live: Live,
    private readonly rest: Rest,
  ) {
    this.book = new StepBook(run, STEP_LIMIT)
    this.log = new Log(async (from, to) => {
      const query = { from, to, limit: to - from + 1 }
      const page = await rest.listEntries({ path: { run }, query, signal: this.gone.signal })
      return page.items as unknown as Entry[]
    })
    this.subscription = live.run(
      run,
      {
        onView: (view, { seq }) => {
          this.seq.value = seq
          this.takeView(view)
        },
        onStart: (line) => {
          this.log.know(line)
          this.isStarted.value = true
        },
        onEntries: (first, entries) => this.takeEntries(first, entries),
        onPoints: (points) => this.pointListeners.forEach((tell) => tell(points)),
        onGap: (gap) => this.takeGap(gap),
        onReset: () => this.reset(),
        onFinished: (finished) => {
          this.finished.value = finished
          void this.read()
        },
        onClosed: (end) => (this.closed.value = end),
      },
      { from: { tail: TAIL } },
    )
    void this.read()
  }

  /** Read the run's fields, attempts and steps again. */
  async read(): Promise<void> {
    try {
      const detail = await this.rest.showRun({ path: { run: this.run }, signal: this.gone.signal })
      const steps = detail.steps.length < STEPS_IN_DETAIL ? detail.steps : await this.readSteps()
      this.detail.value = detail
      this.book.merge(steps)
      this.steps.value = this.book.list
      this.problem.value = null
      // Of a run that has ended nothing more comes live; somebody may have deleted its log since.
      if (this.seq.value < detail.last_seq && !this.isLive.value) this.takeView(detail.view as View)
      this.log.know(detail.last_line)
    } catch (error) {
      if (!this.gone.signal.aborted) this.miss(troubleOf(error))
    }
  }

  private miss(problem: Trouble): void {
    this.problem.value = problem
    if (!(problem instanceof Unreachable)) return
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(() => void this.read(), RETRY_MS)
  }

  private async readSteps(): Promise<Step[]> {
    const steps: Step[] = []
    let cursor: string | null = null
    do {
      const query = { limit: STEP_PAGE, ...(cursor !== null && { cursor }) }
      const page = await this.rest.listSteps({ path: { run: this.run }, query, signal: this.gone.signal })
      steps.push(...page.items)
      cursor = page.next_cursor
    } while (cursor !== null && steps.length < STEP_LIMIT)
    return steps
  }

  /** Hear metric points as they come. Returns how to stop that. */
  onPoints(listener: Listener<Point>): () => void {
    this.pointListeners.add(listener)
    return () => this.pointListeners.delete(listener)
  }

  /** Hear new entries of the log as they come. Returns how to stop that. */
  onEntries(listener: Listener<Entry>): () => void {
    this.entryListeners.add(listener)
    return () => this.entryListeners.delete(listener)
  }

  command(what: string, args?: Record<string, Json>): Promise<Record<string, Json>> {
    return this.subscription.command(what, args)
  }

  close(): void {
    clearTimeout(this.retryTimer)
    this.gone.abort()
    this.subscription.close()
  }

  private takeView(view: View): void {
    const deleted = view.log_deleted?.to ?? 0
    if (deleted > (this.view.value.log_deleted?.to ?? 0)) this.log.drop(deleted)
    this.view.value = view
  }

  private takeEntries(first: number, entries: Entry[]): void {
    this.log.add(first, entries)
    if (this.book.take(entries)) this.steps.value = this.book.list
    for (const tell of this.entryListeners) tell(entries)
    if (this.detail.value && entries.some(({ kind }) => TURNS.has(kind))) void this.read()
  }

  private takeGap(gap: Gap): void {
    this.gaps.value = [...this.gaps.value, gap].slice(-GAP_LIMIT)
    if (gap.facet === 'log') this.log.miss(gap.from, gap.to)
  }

  private reset(): void {
    this.log.clear()
    this.view.value = {}
    this.book.clear()
    this.steps.value = []
    this.gaps.value = []
    this.finished.value = null
    void this.read()
  }
}
