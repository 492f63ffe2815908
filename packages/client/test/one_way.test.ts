/** Streams and polls: what is asked for, how the answers are read, and what goes by REST. */
import { describe, expect, it } from 'vitest'

import type { ListChange } from '../src/list_channel'
import { EventParser } from '../src/one_way/event_parser'
import { PolledList } from '../src/one_way/polled_list'
import { Wishes, writeCursor } from '../src/one_way/wishes'
import type { Row, Sample } from '../src/types'
import { below, randomOf } from './random'
import { Diary, place } from './place'

const streams = (at: ReturnType<typeof place>) => at.http.requests.filter((request) => request.startsWith('/live/sse'))
const queryOf = (request: string | undefined) => new URLSearchParams(request?.split('?')[1])

describe('server-sent events', () => {
  const TEXT =
    ': a comment\n\nid: one\ndata: {"a":1}\n\nretry: 5\nid: two\r\ndata: first\r\ndata:second\r\n\r\nevent\ndata\rid: three\r\rid: no data\n\ndata: never ended'
  const EVENTS = [
    ['{"a":1}', 'one'],
    ['first\nsecond', 'two'],
    ['', 'three'],
  ]

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('are read from whatever pieces they come in (seed %i)', (seed) => {
    const random = randomOf(seed)
    const events: string[][] = []
    const parser = new EventParser((data, id) => events.push([data, id]))
    for (let at = 0; at < TEXT.length;) {
      const next = at + below(random, 1 + below(random, 40))
      parser.feed(TEXT.slice(at, next))
      at = next
    }
    expect(events).toEqual(EVENTS)
  })

  it('are asked for with a token in a header, and a cursor in another', async () => {
    const at = place({ transports: ['sse'] })
    const seen: Headers[] = []
    const { fetch } = at.http
    const live = place({
      transports: ['sse'],
      surroundings: at.here,
      fetch: (input, init) => (seen.push(new Headers(init?.headers)), fetch(input, init)),
    }).live
    at.server.run('a')
    live.run('a', new Diary())
    await at.here.advance(50)
    expect(seen.at(-1)?.get('authorization')).toBe('Bearer good')
    expect(seen.at(-1)?.get('last-event-id')).toBeNull()
    at.server.cut()
    await at.here.advance(5_000)
    expect(JSON.parse(atob(seen.at(-1)?.get('last-event-id') ?? ''))).toEqual({ 'run:a': ['epoch-1', 1, 3] })
    expect(streams(at).join()).not.toContain('good')
  })

  it('of runs that begin or show differently are different streams, the others share one', async () => {
    const at = place({ transports: ['sse'] })
    for (const run of ['a', 'b', 'c', 'd', 'e']) at.server.run(run).log('there')
    const diary = new Diary()
    at.live.run('a', new Diary())
    at.live.run('b', new Diary())
    at.live.run('c', diary, { from: { tail: 1 } })
    at.live.run('d', new Diary(), { facets: ['view'] })
    at.live.run('e', new Diary(), { from: { line: 1 } })
    await at.here.advance(50)
    const asked = streams(at).map((request) => [queryOf(request).getAll('channel').join(), queryOf(request).get('tail') ?? queryOf(request).get('facets') ?? queryOf(request).get('after_line')]) // prettier-ignore
    expect(asked).toEqual([
      ['run:a,run:b', null],
      ['run:c', '1'],
      ['run:d', 'view'],
      ['run:e', '1'],
    ])
    expect(diary.lines.map(({ line }) => line)).toEqual([2])
    expect(at.server.viewerCount).toBe(4)
  })

  it('go over into the next stream before they end, without a word of it', async () => {
    const at = place({ transports: ['sse'] })
    const run = at.server.run('a')
    const diary = new Diary()
    const phases: string[] = []
    let resets = 0
    at.live.run('a', diary)
    at.live.list('default', { onReset: () => resets++ })
    await at.here.advance(100)
    at.live.onStatus(({ phase }) => phases.push(phase))
    for (let minute = 0; minute < 12; minute++) {
      run.log(`${minute}`)
      run.report({ kind: 'metric.reported', name: 'loss', value: minute })
      at.server.flush()
      await at.here.advance(60_000)
    }
    expect(streams(at)).toHaveLength(3 + 1)
    expect(at.server.viewerCount).toBe(1)
    expect(new Set(phases)).toEqual(new Set(['open']))
    expect(resets).toBe(0)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.points).toHaveLength(12)
  })

  it('are asked for anew with a fresh token', async () => {
    let number = 1
    const at = place({ transports: ['sse'], getToken: () => Promise.resolve(`token ${number}`) })
    at.server.token = 'token 1'
    at.server.run('a')
    at.live.run('a', new Diary())
    await at.here.advance(50)
    at.server.announceExpiry()
    await at.here.advance(50)
    expect(streams(at), 'it is the same one').toHaveLength(1)
    at.server.token = `token ${++number}`
    at.server.announceExpiry()
    await at.here.advance(50)
    expect(streams(at)).toHaveLength(2)
    expect(at.live.status.phase).toBe('open')
    expect(at.server.viewerCount).toBe(1)
  })

  it('bring the rows in view, asked for twice a second while somebody scrolls', async () => {
    const at = place({ transports: ['sse'] })
    for (let run = 0; run < 40; run++) at.server.run(`r${run}`)
    const rows = new Map<string, Row>()
    const list = at.live.list('default', { onRow: (run, row) => rows.set(run, row) })
    at.live.list('other', {}).see(['r0'])
    await at.here.advance(600)
    const { length } = streams(at)
    for (let first = 0; first < 30; first++) {
      list.see(Array.from({ length: 10 }, (_, index) => `r${first + index}`))
      await at.here.advance(50)
    }
    await at.here.advance(1_000)
    expect(streams(at).length - length).toBeLessThanOrEqual(5)
    at.server.run('r35').report({ kind: 'progress.reported', done: 7 })
    at.server.flush()
    await at.here.advance(50)
    expect(rows.get('r35')?.progress).toMatchObject({ done: 7 })
    expect(at.server.viewerCount, 'a stream has the rows of one list').toBe(2)
  })

  it('are none where something else answers', async () => {
    const at = place({ transports: ['sse'] })
    at.http.status = 200
    at.server.run('a')
    at.live.run('a', new Diary())
    await at.here.advance(100)
    expect(at.live.status.problem).toMatchObject({ code: 1006 })
    at.http.status = 502
    await at.here.advance(5_000)
    expect(at.live.status.problem?.why).toContain('502')
    at.http.status = null
    await at.here.advance(40_000)
    expect(at.live.status.phase).toBe('open')
  })
})

describe.each(['sse', 'poll'] as const)('a refusal by %s', (transport) => {
  it('of a token: a fresh one is fetched, and is refused for good', async () => {
    let isRefused: boolean[] = []
    let token = 'good'
    const at = place({ transports: [transport], getToken: (why) => (isRefused.push(why.isRefused), Promise.resolve(token)) })
    at.server.run('a')
    at.http.problems.push({ status: 401, code: 'unauthorised' })
    at.live.run('a', new Diary())
    await at.here.advance(100)
    expect(isRefused).toEqual([false, true])
    expect(at.live.status.phase).toBe('open')
    isRefused = []
    token = 'bad'
    at.server.cut(4201)
    await at.here.advance(30_000)
    expect(at.live.status).toMatchObject({ phase: 'stopped', problem: { code: 4501 } })
  })

  it.each([
    [429, 'too_many_connections', 4003],
    [503, 'unavailable', 4101],
    [500, 'internal_error', 4000],
  ])('with %i comes back when it is told to', async (status, code, verdict) => {
    const at = place({ transports: [transport] })
    at.server.run('a')
    at.http.problems.push({ status, code, retryAfter: 7 })
    at.live.run('a', new Diary())
    await at.here.advance(100)
    expect(at.live.status).toMatchObject({ phase: 'waiting', problem: { code: verdict } })
    expect((at.live.status.retryAt ?? 0) - at.here.now()).toBeGreaterThan(6_000)
    await at.here.advance(7_000)
    expect(at.live.status.phase).toBe('open')
  })

  it('of one run among others leaves the others alone', async () => {
    const at = place({ transports: [transport] })
    const id = '019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12'
    const [good, odd, gone] = [new Diary(), new Diary(), new Diary()]
    at.server.run(id).log('here')
    at.http.problems.push({ status: 422, code: 'invalid_channel' })
    at.live.run(id, good)
    at.live.run('odd', odd)
    await at.here.advance(2_000)
    expect(odd.closed).toMatchObject([{ code: 'invalid_channel' }])
    expect(good.lines).toHaveLength(2)
    at.live.run('gone', gone)
    await at.here.advance(2_000)
    expect(gone.closed).toMatchObject([{ code: 'run_not_found' }])
    at.server.run(id).log('still here')
    at.server.flush()
    await at.here.advance(100)
    expect(good.lines).toHaveLength(3)
    expect(good.closed).toEqual([])
  })
})

describe('a list by polls', () => {
  it('names what is new and gone, and keeps the rows in view current', async () => {
    const at = place({ transports: ['poll'] })
    for (const run of ['a', 'b', 'c']) at.server.run(run)
    const rows = new Map<string, Row>()
    const changes: ListChange[] = []
    const list = at.live.list('default', { onRow: (run, row) => rows.set(run, row), onChanged: (change) => changes.push(change) })
    await at.here.advance(1_000)
    list.see(['a', 'b'])
    await at.here.advance(1_000)
    expect([...rows.keys()].sort()).toEqual(['a', 'b'])
    at.server.run('a').report({ kind: 'progress.reported', done: 3 })
    at.server.flush()
    await at.here.advance(200)
    expect(rows.get('a')).toEqual(at.server.run('a').view)
    at.server.run('d')
    await at.here.advance(6_000)
    expect(changes.at(-1)).toMatchObject({ new: ['d'], gone: [] })
    at.server.remove('b')
    await at.here.advance(6_000)
    expect(changes.flatMap(({ gone }) => gone)).toContain('b')
    at.server.run('a').finish()
    at.server.flush()
    await at.here.advance(200)
    expect(rows.get('a')?.state).toBe('succeeded')
    const { length } = at.http.requests
    await at.here.advance(4_000)
    expect(at.http.requests.length - length, 'a run that has ended is not asked for').toBeLessThan(4)
    list.see(['c'])
    await at.here.advance(1_000)
    list.see(['a', 'c'])
    rows.clear()
    await at.here.advance(1_000)
    expect(rows.get('a')?.state, 'back in view').toBe('succeeded')
    list.close()
    await at.here.advance(1_000)
    expect(at.server.viewerCount).toBe(0)
  })

  it('shares a question with a run that is followed as well', async () => {
    const at = place({ transports: ['poll'] })
    const run = at.server.run('a')
    const diary = new Diary()
    const rows = new Map<string, Row>()
    at.live.run('a', diary)
    await at.here.advance(200)
    const list = at.live.list('default', { onRow: (id, row) => rows.set(id, row) })
    await at.here.advance(1_000)
    list.see(['a'])
    await at.here.advance(1_000)
    run.report({ kind: 'progress.reported', done: 3 })
    run.finish()
    at.server.flush()
    await at.here.advance(1_000)
    expect(rows.get('a')).toEqual(run.view)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.ends).toHaveLength(1)
    list.see([])
    await at.here.advance(1_000)
    rows.clear()
    list.see(['a'])
    await at.here.advance(1_000)
    expect(rows.get('a')).toEqual(run.view)
  })

  it('that may not be seen is closed, and one whose server is gone is asked for again', async () => {
    const at = place({ transports: ['poll'] })
    const closed: string[] = []
    at.http.problems.push({ status: 403, code: 'forbidden' })
    at.live.list('secret', { onClosed: ({ code }) => closed.push(code) })
    await at.here.advance(200)
    expect(closed).toEqual(['forbidden'])
    at.live.list('default', {})
    await at.here.advance(1_000)
    at.server.isAway = true
    await at.here.advance(6_000)
    expect(at.live.status.problem).toMatchObject({ code: 1006 })
    at.server.isAway = false
    await at.here.advance(60_000)
    expect(at.live.status.phase).toBe('open')
  })

  it('tells what came between two looks, and what went', () => {
    const list = new PolledList('runs:default', '1')
    const said = (...runs: string[]) => list.found(runs, 'now').flatMap((message) => (message.type === 'rows_changed' ? [[message.new, message.gone]] : [])) // prettier-ignore
    expect(said('c', 'b', 'a')).toEqual([[[], []]])
    expect(said('c', 'b', 'a')).toEqual([])
    expect(said('e', 'd', 'c', 'a')).toEqual([[['d', 'e'], ['b']]])
    expect(said('e', 'd', 'c'), 'the oldest may only have made room').toEqual([])
    expect(said('x')).toEqual([[['x'], []]])
  })
})

describe('samples', () => {
  it('come by a stream, and by polls they are asked for until there is one', async () => {
    const heard: Sample[] = []
    const at = place({ transports: ['sse'] })
    at.live.system({ onSamples: (samples) => heard.push(...samples) })
    await at.here.advance(50)
    at.server.sample([{ kind: 'host', name: 'one' } as Sample])
    await at.here.advance(50)
    expect(heard).toHaveLength(1)
    const polls = place({ transports: ['poll'] })
    polls.server.run('a')
    const closed: string[] = []
    polls.live.system({ onClosed: ({ code }) => closed.push(code) })
    polls.live.run('a', new Diary())
    await polls.here.advance(60_000)
    expect(closed).toEqual([])
    expect(polls.live.status.phase).toBe('open')
  })
})

describe('an answer to a poll', () => {
  it('that is none ends the connection, and so does one that breaks off', async () => {
    const at = place({ transports: ['poll'] })
    at.server.run('a')
    at.http.status = 204
    at.live.run('a', new Diary())
    await at.here.advance(100)
    expect(at.live.status.problem).toMatchObject({ code: 1006 })
  })
})

describe('wishes', () => {
  it('know where each subscription has come to, and nothing of those that are gone', () => {
    const wishes = new Wishes()
    wishes.hear({ type: 'subscribe', id: '1', channel: 'run:a', from: { position: ['e', 2, 3] } })
    wishes.hear({ type: 'subscribe', id: '2', channel: 'run:b' })
    wishes.hear({ type: 'subscribe', id: '3', channel: 'run:b' })
    expect(wishes.cursorOf(['run:a', 'run:b'])).toBe(writeCursor([['run:a', ['e', 2, 3]]]))
    wishes.reach(writeCursor([['run:b', ['e', 9, 9]]]), new Map([['run:b', '2']]))
    wishes.reach('no cursor', new Map())
    expect(wishes.positions.has('run:b')).toBe(false)
    wishes.reach(writeCursor([['run:b', ['e', 4, 5]]]), new Map([['run:b', '3']]))
    expect(wishes.positions.get('run:b')).toEqual(['e', 4, 5])
    expect(wishes.hear({ type: 'visible', visible: true })).toBe(false)
    expect(wishes.hear({ type: 'unsubscribe', id: '4', channel: 'run:x' })).toBe(false)
  })

  it('write no cursor that the server would not read', () => {
    const many = Array.from({ length: 400 }, (_, at) => [`run:019336e1-8f5c-7d3a-9b1e-${at}`, ['epoch', at, at]] as const)
    expect(writeCursor([...many]).length).toBeLessThanOrEqual(16_000)
    expect(writeCursor([...many]).length).toBeGreaterThan(4_000)
  })
})
