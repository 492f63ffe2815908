/**
 * The cases of `conformance/live/*.yaml` from the viewer's side, on each transport that they concern: the client is connected to a model of
 * the server that does what `publish`, `evict`, `disconnect` … say, and must have been told what the case expects. Cases that speak of what
 * a viewer may not say have no meaning here, because this one does not say it.
 */
import { describe, expect, it } from 'vitest'

import type { Transport } from '../src/choice'
import { TRANSPORTS } from '../src/choice'
import type { ListSubscription } from '../src/live'
import type { ListChange } from '../src/list_channel'
import type { Row, Position } from '../src/types'
import type { From, Notice } from '../src/wire'
import { casesOf } from './cases'
import { Diary, place, type Place } from './place'

type Step = Record<string, unknown>
interface LiveCase {
  name: string
  transports?: Transport[]
  settings?: Record<string, unknown>
  steps: Step[]
}
type Said = {
  type?: string
  channel?: string
  token?: string
  from?: From
  facets?: ('log' | 'view' | 'metric')[]
  do?: string
  id?: number
  add?: string[]
  remove?: string[]
}
interface Publication {
  log?: string[] | number
  progress?: Record<string, unknown>
  metric?: { name: string; values: number[] }
  finish?: { result?: never; error?: never }
  delete?: boolean
}

/** This client never sends what these cases are about. */
const NOT_SAID = new Set([
  'refusals.yaml',
  // Cursors, facets and rows of its own making make sense; a token in a header needs no ticket.
  'http.yaml: a cursor that we never gave out is refused',
  'http.yaml: a cursor that is too long is refused',
  'http.yaml: facets that make no sense are refused',
  'http.yaml: no token is refused',
  'http.yaml: rows that make no sense are refused',
  'http.yaml: a list cannot be polled',
  'http.yaml: a ticket does where there is no header',
  'http.yaml: a ticket is good once',
  'http.yaml: a ticket is good for half a minute',
  'http.yaml: a ticket that we never gave out',
  'http.yaml: a ticket is not good for a poll',
  'lists.yaml: unsubscribing ends a list',
  'lists.yaml: rows that make no sense',
  'lists.yaml: other rows come into view too often',
  'lists.yaml: a list has no position, no facets and no commands',
  'lists.yaml: a list counts as a subscription',
  'projects.yaml: a project begins anew, without positions, facets or rows',
  'projects.yaml: a poll has no counts',
])

/** What a listener of a list is told, folded. */
class ListDiary {
  readonly rows = new Map<string, Row>()
  readonly added: string[] = []
  readonly gone: string[] = []
  readonly closed: { code: string }[] = []
  states: ListChange['states'] = {}
  resets = 0

  onRow = (run: string, row: Row) => void this.rows.set(run, row)
  onChanged = ({ new: added, gone, states }: ListChange) => {
    this.added.push(...added)
    this.gone.push(...gone)
    for (const run of gone) this.rows.delete(run)
    this.states = states
  }
  onReset = () => void this.resets++
  onClosed = (end: { code: string }) => void this.closed.push(end)
}

class Viewing {
  private readonly diaries = new Map<string, Diary>([['run:a', new Diary()]])
  private readonly listDiary = new ListDiary()
  private list: ListSubscription | null = null
  private inView = new Set<string>()
  private readonly answers: Promise<unknown>[] = []
  private readonly subscribed = new Set<string>()
  private readonly problems: number[] = []
  private readonly notices: Notice[] = []
  private readonly shutOut: { code: string }[] = []
  private readonly counts: object[] = []
  private newRun = ''
  token = 'good'

  constructor(
    private readonly at: Place,
    private readonly settings: Record<string, unknown>,
  ) {
    at.server.run('a')
    at.server.forbidden.add('user:bob')
    at.live.onStatus(({ problem }) => problem && this.problems.push(problem.code))
  }

  private get diary(): Diary {
    return this.diaries.get('run:a') as Diary
  }

  private get run() {
    return this.at.server.run('a')
  }

  async take(step: Step): Promise<void> {
    const { here, server } = this.at
    for (const [what, value] of Object.entries(step)) {
      if (what === 'publish') await this.publish(value as Publication)
      else if (what === 'send') await this.send([value].flat() as Said[])
      else if (what === 'expect') await this.expect(value as Said)
      else if (what === 'tell') this.tell(value as Partial<Notice> & { title: string })
      else if (what === 'withdraw') server.notify(value as string, value as string)
      else if (what === 'disconnect') server.cut()
      else if (what === 'lose_news') server.isDeaf = value === true
      else if (what === 'lose_bus') server.degrade('bus_away', value === true ? 5 : null)
      else if (what === 'evict') this.run.evict(value as number)
      else if (what === 'new_epoch') server.replace()
      else if (what === 'start') this.start(value as { project?: string })
      else if (what === 'hide' || what === 'hide_list') this.hide(what)
      else if (what === 'expect_lines') await this.expectLines(value as { from: number; to: number })
      else if (what === 'expect_view') expect(this.diary.view).toMatchObject(value as object)
      else if (what === 'expect_journal') this.expectJournal()
      else if (what.startsWith('expect_')) await this.expectMore(what, value)
      await here.advance(what === 'connect' ? 30_000 : 50)
    }
  }

  private hide(what: 'hide' | 'hide_list'): void {
    if (what === 'hide') this.run.isHidden = true
    else for (const channel of ['runs:default', 'project:default']) this.at.server.forbidden.add(channel)
    this.at.server.recheck()
  }

  private tell({ title, ...more }: Partial<Notice> & { title: string }): void {
    this.at.server.notify(title, title, more)
  }

  private start({ project = 'default' }: { project?: string }): void {
    this.newRun = `new-${this.at.server.runs.size}`
    if (project !== 'default') return // its runs are none of the list's
    this.at.server.run(this.newRun).report({ kind: 'run.created', name: 'other', project, run_kind: 'outside' })
    if (!this.at.server.isDeaf) this.at.server.announce(this.newRun)
  }

  private async publish({ log, progress, metric, finish, delete: isDeleted }: Publication): Promise<void> {
    const texts = typeof log === 'number' ? Array.from({ length: log }, (_, at) => `line ${at}`) : (log ?? [])
    for (const text of texts) this.run.log(text)
    if (progress) this.run.report({ kind: 'progress.reported', ...progress })
    for (const value of metric?.values ?? []) this.run.report({ kind: 'metric.reported', name: metric?.name, value })
    if (finish) this.run.finish(finish.error ? 'failed' : 'succeeded', finish)
    if (isDeleted) this.at.server.remove('a')
    this.at.server.flush()
    await this.at.here.advance(50)
  }

  // --- what the viewer does ------------------------------------------------------------------------------------------

  private filled(channel: string | undefined): string {
    const names: Record<string, string> = { $channel: 'run:a', $other: `run:${this.newRun}`, $list: 'runs:default' }
    return names[channel ?? ''] ?? channel ?? ''
  }

  private async send(messages: Said[]): Promise<void> {
    for (const said of messages) {
      if (said.type === 'hello') this.token = said.token === 'bad' ? 'bad' : 'good'
      else if (said.type === 'subscribe') this.subscribe(said)
      else if (said.type === 'rows') this.see(said)
      else if (said.type === 'command')
        this.answers.push(this.at.live.run('a', new Diary()).command(String(said.do)).then((answer) => ({ type: 'answer', ...answer }), ({ code }: { code: string }) => ({ type: 'error', code }))) // prettier-ignore
    }
    await this.at.here.advance(50)
  }

  private see({ add = [], remove = [] }: Said): void {
    const named = (run: string) => (run === '$run' ? 'a' : run === '$new' ? this.newRun : run)
    for (const run of remove) this.inView.delete(named(run))
    for (const run of add) this.inView.add(named(run))
    this.list?.see([...this.inView])
  }

  /** A client subscribes once; after a break it does so by itself. */
  private subscribe({ channel: given, from, facets }: Said): void {
    const channel = this.filled(given)
    if (this.subscribed.has(channel)) return
    this.subscribed.add(channel)
    this.troubleOf(channel)
    if (channel.startsWith('runs:')) {
      this.list = this.at.live.list(channel.slice('runs:'.length), this.listDiary)
      return
    }
    if (channel.startsWith('project:')) {
      this.at.live.project(channel.slice('project:'.length), {
        onCounts: (states) => this.counts.push(states),
        onClosed: (end) => this.shutOut.push(end),
      })
      return
    }
    if (channel.startsWith('user:')) {
      this.at.live.user(channel.slice('user:'.length), {
        onNotice: (notice) => this.notices.push(notice),
        onClosed: (end) => this.shutOut.push(end),
      })
      return
    }
    const position = from && 'position' in from ? ([...from.position] as [string, number, number]) : null
    if (position?.[0] === '$epoch') position[0] = this.at.server.epoch
    const start = position ? { position: position as Position } : from
    const diary = this.diaries.get(channel) ?? new Diary()
    this.diaries.set(channel, diary)
    this.at.live.run(channel.slice('run:'.length), diary, { ...(facets && { facets }), ...(start && { from: start }) })
  }

  /** What the model of the server does not know by itself. */
  private troubleOf(channel: string): void {
    const { problems } = this.at.http
    const isFull = this.settings['connections_per_person'] === 0 || this.settings['connections_per_address'] === 0
    if (isFull) problems.push({ status: 429, code: 'too_many_connections', retryAfter: 10 })
    else if (this.settings['connection_count'] === 0) problems.push({ status: 503, code: 'unavailable', retryAfter: 2 })
    else if (channel === 'run:1') problems.push({ status: 422, code: 'invalid_channel' })
  }

  // --- what it must have been told -----------------------------------------------------------------------------------

  private async expect({ type, channel, ...fields }: Said & Record<string, unknown>): Promise<void> {
    await this.at.here.advance(100_000) // two heartbeats: what was lost is found
    const { diary, listDiary } = this
    const isList = channel === '$list'
    if (type === 'finished') expect(diary.ends).toEqual([expect.objectContaining(without(fields, ['code']))])
    else if (type === 'notice' && fields['code']) this.expectTrouble(fields)
    else if (type === 'notice' && fields['title']) expect(this.notices).toContainEqual(expect.objectContaining(fields))
    else if (type === 'counts') expect(this.counts.at(-1)).toEqual(fields['states'] ?? expect.anything())
    else if (type === 'gap') expect(diary.gaps[0]).toMatchObject(fields)
    else if (type === 'reset') expect(diary.resets).toHaveLength(1)
    else if (type === 'unsubscribed' && isList) expect(listDiary.closed[0]?.code).toBe(fields['code'])
    else if (type === 'unsubscribed' && channel?.startsWith('project:')) expect(this.shutOut[0]?.code).toBe(fields['code'])
    else if (type === 'unsubscribed' && fields['code']) expect(diary.closed[0]?.code).toBe(fields['code'])
    else if (type === 'points') expect(diary.points.length).toBeGreaterThan(0)
    else if (type === 'patch') expect(diary.view).toMatchObject(fields['view'] as object)
    else if (type === 'row') this.expectRow(fields['run'], fields['patch'])
    else if (type === 'rows_changed') this.expectChange(fields as { new?: string[]; gone?: string[] })
    else if (type === 'error' && channel) expect(this.closedOf(channel)).toBe(fields['code'])
    else if (type === 'error' && fields['code'] === 'not_subscribed')
      return // what has ended is not asked for
    else if (type === 'error' && this.list) expect(listDiary.closed[0]?.code).toBe(fields['code'])
    else if (type === 'answer' || type === 'error')
      expect(await this.answers.shift()).toMatchObject(without({ type, ...fields }, ['id', 'ok', 'temporary']))
  }

  private expectTrouble({ kind, code, late_seconds: lateSeconds }: Record<string, unknown>): void {
    const known = this.at.live.status.degraded.find((one) => one.code === code)
    if (kind === 'restored') expect(known).toBeUndefined()
    else expect(known).toMatchObject({ code, ...(lateSeconds !== undefined && { lateSeconds }) })
  }

  private closedOf(channel: string): string | undefined {
    return (this.diaries.get(this.filled(channel))?.closed ?? this.shutOut)[0]?.code
  }

  private expectRow(run: unknown, patch: unknown): void {
    const row = this.listDiary.rows.get(run === '$new' ? this.newRun : 'a')
    expect(row).toBeDefined()
    if (patch) expect(row).toMatchObject(without(patch as Record<string, unknown>, ['name', 'run_kind']))
  }

  private expectChange({ new: added, gone }: { new?: string[]; gone?: string[] }): void {
    if (added?.length) expect(this.listDiary.added).toContain(this.newRun)
    if (gone?.length) expect(this.listDiary.gone).toContain(gone[0] === '$new' ? this.newRun : 'a')
  }

  private async expectMore(what: string, value: unknown): Promise<void> {
    if (what === 'expect_close') {
      this.at.server.cut(value as number, 0.1)
      await this.at.here.advance(50)
      expect(this.problems).toContain(value)
      return
    }
    await this.at.here.advance(100_000)
    const row = this.listDiary.rows.get('a')
    if (what === 'expect_row') expect(row).toMatchObject(value as object)
    else if (what === 'expect_no_row') expect(row).toBeUndefined()
    else if (what === 'expect_stored_row') expect(row).toEqual(this.run.view)
    else if (what === 'expect_degraded') expect(this.at.live.status.degraded.map(({ code }) => code)).toEqual(value)
    else if (what === 'expect_states') expect(this.listDiary.states).toEqual(value)
    else if (what === 'expect_refusal') this.expectRefusal(value as { status: number; code: string })
  }

  private expectRefusal({ status, code }: { status: number; code: string }): void {
    // A token that ends is fetched anew, a server that is full is asked again: of these the connection hears.
    const verdict = { 401: 4501, 429: 4003, 503: 4101 }[status]
    if (verdict) expect(this.problems).toContain(verdict)
    else
      expect(
        [...this.listDiary.closed, ...this.shutOut, ...[...this.diaries.values()].flatMap(({ closed }) => closed)].map((end) => end.code),
      ).toEqual([code])
  }

  private async expectLines({ from, to }: { from: number; to: number }): Promise<void> {
    await this.at.here.advance(100_000)
    const lines = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
    expect(this.diary.lines.map(({ line }) => line)).toEqual(lines)
  }

  private expectJournal(): void {
    expect(this.diary.lines).toEqual(this.run.entries)
    expect(this.diary.view).toEqual(this.run.view)
  }
}

const without = (all: Record<string, unknown>, names: string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)))

const CASES = casesOf<LiveCase>('live')

it('nothing is left out that is not there', () => {
  const all = new Set(CASES.flatMap(({ file, name }) => [file, `${file}: ${name}`]))
  expect([...NOT_SAID].filter((name) => !all.has(name))).toEqual([])
})

describe.each(TRANSPORTS)('the live wire by %s', (transport) => {
  for (const { file, name, case: one } of CASES) {
    if (NOT_SAID.has(file) || NOT_SAID.has(`${file}: ${name}`) || !(one.transports ?? TRANSPORTS).includes(transport)) continue
    it(`${file}: ${name}`, async () => {
      const at = place({ transports: [transport], getToken: () => Promise.resolve(viewing.token) })
      const viewing = new Viewing(at, one.settings ?? {})
      for (const step of one.steps) await viewing.take(step)
      expect(at.here.errors).toEqual([])
      expect(at.live.status.transport).toBe(transport)
    })
  }
})
