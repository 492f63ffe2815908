/**
 * The cases of `conformance/live/*.yaml` from the viewer's side: the client is connected to a model of the server that does what `publish`,
 * `evict`, `disconnect` … say, and must have been told what the case expects. Cases that speak of what a viewer may not say have no
 * meaning here, because this one does not say it.
 */
import { describe, expect, it } from 'vitest'

import { casesOf } from './cases'
import { Diary, place, type Place } from './place'
import type { Position } from '../src/types'
import type { From } from '../src/wire'

type Step = Record<string, unknown>
interface LiveCase {
  name: string
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
}
interface Publication {
  log?: string[] | number
  progress?: Record<string, unknown>
  metric?: { name: string; values: number[] }
  finish?: { result?: never; error?: never }
  delete?: boolean
}

/** Files whose cases are about messages that this client never sends, about settings of the gateway, or about transports that it has not. */
const NOT_OURS = new Set(['refusals.yaml', 'lists.yaml', 'http.yaml'])

class Viewing {
  private readonly diary = new Diary()
  private readonly answers: Promise<unknown>[] = []
  constructor(private readonly at: Place) {
    at.server.run('a')
  }

  async take(step: Step): Promise<void> {
    for (const [what, value] of Object.entries(step)) {
      if (what === 'publish') await this.publish(value as Publication)
      else if (what === 'send') await this.send([value].flat() as Said[])
      else if (what === 'expect') await this.expect(value as Said)
      else if (what === 'disconnect') this.at.server.cut()
      else if (what === 'lose_news') this.at.server.isDeaf = value === true
      else if (what === 'evict') this.run.evict(value as number)
      else if (what === 'hide') {
        this.run.isHidden = true
        this.at.server.recheck()
      } else if (what === 'expect_lines') await this.expectLines(value as { from: number; to: number })
      else if (what === 'expect_view') expect(this.diary.view).toMatchObject(value as object)
      else if (what === 'expect_journal') this.expectJournal()
      await this.at.here.advance(what === 'connect' ? 30_000 : 50)
    }
  }

  private get run() {
    return this.at.server.run('a')
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

  private async send(messages: Said[]): Promise<void> {
    for (const said of messages) {
      if (said.type === 'subscribe') this.subscribe(said)
      else if (said.type === 'command')
        this.answers.push(this.at.live.run('a', new Diary()).command(String(said.do)).then((answer) => ({ type: 'answer', ...answer }), ({ code }: { code: string }) => ({ type: 'error', code }))) // prettier-ignore
    }
    await this.at.here.advance(50)
  }

  private subscribed = false

  /** A client subscribes once; after a break it does so by itself. */
  private subscribe({ from, facets }: Said): void {
    if (this.subscribed) return
    this.subscribed = true
    const position = from && 'position' in from ? ([...from.position] as [string, number, number]) : null
    if (position?.[0] === '$epoch') position[0] = this.at.server.epoch
    const start = position ? { position: position as Position } : from
    this.at.live.run('a', this.diary, { ...(facets && { facets }), ...(start && { from: start }) })
  }

  private async expect({ type, ...fields }: Said & Record<string, unknown>): Promise<void> {
    await this.at.here.advance(100_000) // two heartbeats: what was lost is found
    const { diary } = this
    if (type === 'finished') expect(diary.ends).toEqual([expect.objectContaining(without(fields, ['channel', 'code']))])
    else if (type === 'gap') expect(diary.gaps[0]).toMatchObject(without(fields, ['channel', 'type']))
    else if (type === 'reset') expect(diary.resets).toHaveLength(1)
    else if (type === 'unsubscribed' && fields['code']) expect(diary.closed[0]?.code).toBe(fields['code'])
    else if (type === 'points') expect(diary.points.length).toBeGreaterThan(0)
    else if (type === 'answer' || type === 'error')
      expect(await this.answers.shift()).toMatchObject(without({ type, ...fields }, ['id', 'ok', 'temporary']))
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

describe('the live wire', () => {
  for (const { file, name, case: one } of casesOf<LiveCase>('live').filter(({ file }) => !NOT_OURS.has(file)))
    it(`${file}: ${name}`, async () => {
      const viewing = new Viewing(place())
      for (const step of one.steps) await viewing.take(step)
    })
})
