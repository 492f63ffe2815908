import type { ListSubscription, Live, Row, RunState, View } from '@headway/client'
import { type ListRunsData, Problem, type Rest, type Run, Unreachable } from '@headway/client/rest'
import { computed, type ShallowRef, shallowRef } from 'vue'

import { RETRY_MS, type Trouble, troubleOf } from './trouble'

/** What of a list is asked for: filters and order, as REST names them. */
export type RunQuery = Omit<NonNullable<ListRunsData['query']>, 'cursor' | 'fields' | 'total'>

export interface ListedRun {
  readonly id: string
  /** What is shown, newest; the fields of REST until the first live row comes. */
  readonly row: Row
  readonly seq: number
  /** The run's fields as REST gave them. */
  readonly run: Run
  /** It no longer fits the filters (its state has changed): it stays until the list is read again, in grey. */
  readonly isOut: boolean
  /** It was deleted. */
  readonly isGone: boolean
}

const PAGE = 100
const FRESH_LIMIT = 1_000
/** New runs of a filtered list are asked for after so long, once for all that come meanwhile. */
const FRESH_EVERY_MS = 1_000
/** New child runs are not told of by the live list; where they are shown they are looked for when anything has moved. */
const CHILDREN_EVERY_MS = 5_000
/** How far two clocks may be apart. */
const MARGIN_MS = 1_000
const FIELDS: (keyof Run | 'view')[] = [
  'id', 'project', 'kind', 'task', 'name', 'state', 'queue', 'priority', 'created_at', 'created_by', 'external_id', 'tags', 'attempt',
  'parent', 'run_after', 'queued_at', 'started_at', 'finished_at', 'error_code', 'view',
] // prettier-ignore

type Listed = Run & { view?: View }

/** A list of runs: pages by REST, patched live. Without Vue's scopes: `useRunList` has those. */
export class ListModel {
  readonly rows: ShallowRef<readonly ListedRun[]> = shallowRef([])
  readonly isLoading = shallowRef(false)
  readonly problem = shallowRef<Trouble | null>(null)
  readonly states = shallowRef<Partial<Record<RunState, number>>>({})
  readonly hasMore = shallowRef(false)
  private readonly freshIds = shallowRef<ReadonlySet<string>>(new Set())
  readonly fresh = computed(() => this.freshIds.value.size)
  private readonly places = new Map<string, number>()
  private readonly subscription: ListSubscription
  private readonly gone = new AbortController()
  private cursor: string | null = null
  private loading = 0
  private isMet = false
  /** When the first page was asked for, by a clock that does not jump. */
  private askedAt = 0
  private inView: ReadonlySet<string> = new Set()
  /** Rows with changes that `rows` is given at the end of the present work. */
  private draft: ListedRun[] | null = null
  private childTimer: ReturnType<typeof setTimeout> | undefined
  private freshTimer: ReturnType<typeof setTimeout> | undefined
  private retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly query: RunQuery,
    private readonly live: Live,
    private readonly rest: Rest,
  ) {
    this.subscription = live.list(query.project ?? 'default', {
      onRow: (run, row, seq) => this.patch(run, row, seq),
      onChanged: ({ new: added, gone, states, hasMoreNew }) => {
        this.states.value = states
        this.meetFirst()
        for (const run of gone) this.lose(run)
        if (added.length) this.welcome(added, hasMoreNew)
        else if (!this.query.is_root) this.childTimer ??= setTimeout(() => void this.findFresh(), CHILDREN_EVERY_MS)
      },
      onReset: () => void this.findFresh(),
      onClosed: ({ code, why }) => (this.problem.value = troubleOf(closedProblem(code, why))),
    })
    void this.reload()
  }

  /** The first page again; what waited behind the button is in it. */
  async reload(): Promise<void> {
    this.cursor = null
    await this.load(true)
  }

  async more(): Promise<void> {
    if (this.hasMore.value && !this.isLoading.value) await this.load(false)
  }

  see(runs: string[]): void {
    this.inView = new Set(runs)
    this.subscription.see(runs)
  }

  close(): void {
    clearTimeout(this.freshTimer)
    clearTimeout(this.childTimer)
    clearTimeout(this.retryTimer)
    this.gone.abort()
    this.subscription.close()
  }

  private async load(isFirst: boolean): Promise<void> {
    clearTimeout(this.retryTimer)
    const mine = ++this.loading
    if (isFirst) this.askedAt = performance.now()
    this.isLoading.value = true
    try {
      const page = await this.ask({ limit: PAGE, ...(this.cursor !== null && { cursor: this.cursor }) })
      if (mine !== this.loading) return
      this.take(page.items as Listed[], isFirst)
      this.cursor = page.next_cursor
      this.hasMore.value = page.next_cursor !== null
      this.problem.value = null
    } catch (error) {
      if (mine === this.loading && !this.gone.signal.aborted) this.miss(troubleOf(error), isFirst)
    } finally {
      if (mine === this.loading) this.isLoading.value = false
    }
  }

  private miss(problem: Trouble, isFirst: boolean): void {
    this.problem.value = problem
    if (problem instanceof Unreachable) this.retryTimer = setTimeout(() => void this.load(isFirst), RETRY_MS)
  }

  private ask(more: { limit: number; cursor?: string; created_from?: string; sort?: RunQuery['sort'] }) {
    return this.rest.listRuns({ query: { ...this.query, ...more, fields: FIELDS.join(',') }, signal: this.gone.signal })
  }

  private take(runs: Listed[], isFirst: boolean): void {
    this.commit()
    const known = new Map(this.rows.value.map((row) => [row.id, row]))
    const rows: ListedRun[] = isFirst ? [] : [...this.rows.value]
    if (isFirst) {
      this.places.clear()
      this.freshIds.value = new Set()
    }
    for (const run of runs) {
      if (this.places.has(run.id)) continue
      const before = known.get(run.id)
      this.places.set(run.id, rows.length)
      // A row that is kept live is newer than the page that was on its way.
      rows.push(
        before && before.seq > 0 && this.inView.has(run.id) && !before.isGone
          ? { ...before, run, isOut: this.isOut(before.row) }
          : listed(run),
      )
    }
    this.rows.value = rows
  }

  private patch(run: string, row: Row, seq: number): void {
    this.change(run, (before) => (seq < before.seq ? before : { ...before, row, seq, isOut: this.isOut(row) }))
  }

  private change(run: string, to: (before: ListedRun) => ListedRun): void {
    const at = this.places.get(run)
    if (at === undefined) return
    // All rows that change together are one change: a list of 100,000 is not copied for each of them.
    if (!this.draft) {
      this.draft = [...this.rows.value]
      queueMicrotask(() => this.commit())
    }
    const before = this.draft[at]
    if (before) this.draft[at] = to(before)
  }

  private commit(): void {
    if (this.draft) this.rows.value = this.draft
    this.draft = null
  }

  /** The list is live from now on: what came between the first page and this moment was told by neither. */
  private meetFirst(): void {
    if (!this.isMet) void this.findFresh()
    this.isMet = true
  }

  private lose(run: string): void {
    if (this.freshIds.value.has(run)) this.freshIds.value = new Set([...this.freshIds.value].filter((id) => id !== run))
    this.change(run, (before) => ({ ...before, isGone: true }))
  }

  /** Whether a row has left the filters by what changes while a run goes on: its state. */
  private isOut({ state }: Row): boolean {
    const wanted = this.query.state
    return !!wanted?.length && state !== undefined && !wanted.includes(state)
  }

  private get isFiltered(): boolean {
    // The live list itself tells only of runs that no other run has started.
    const { project: _project, sort: _sort, limit: _limit, is_root: _isRoot, ...filters } = this.query
    return Object.values(filters).some((value) => value != null && !(Array.isArray(value) && value.length === 0))
  }

  private welcome(runs: string[], isMore: boolean): void {
    if (!this.isFiltered && !isMore) this.addFresh(runs)
    else this.freshTimer ??= setTimeout(() => void this.findFresh(), FRESH_EVERY_MS)
  }

  /** Which of the runs since we asked for the first page fit the filters: the server knows, and so does its clock. */
  private async findFresh(): Promise<void> {
    this.freshTimer = this.childTimer = undefined
    try {
      const since = this.live.serverNow() - (performance.now() - this.askedAt) - MARGIN_MS
      const given = this.query.created_from
      const from = given != null && Date.parse(given) > since ? given : new Date(since).toISOString()
      const page = await this.ask({ limit: 200, created_from: from, sort: '-created_at' })
      this.addFresh(page.items.map(({ id }) => id))
    } catch (error) {
      if (!this.gone.signal.aborted) troubleOf(error) // the next new one asks again
    }
  }

  private addFresh(runs: string[]): void {
    const all = [...this.freshIds.value, ...runs.filter((run) => !this.places.has(run))]
    this.freshIds.value = new Set(all.slice(-FRESH_LIMIT))
  }
}

function closedProblem(code: string, why: string) {
  return new Problem(403, { code, detail: why })
}

function listed(run: Listed): ListedRun {
  const { view, ...fields } = run
  const row: Row = view ?? { state: run.state, name: run.name, tags: run.tags, priority: run.priority, created_at: run.created_at }
  return { id: run.id, row, seq: 0, run: fields, isOut: false, isGone: false }
}
