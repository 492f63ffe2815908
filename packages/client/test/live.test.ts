import { describe, expect, it, vi } from 'vitest'

import type { Status } from '../src/status'
import { Diary, place } from './place'

describe('following a run', () => {
  it('connects when something is subscribed, and not before', async () => {
    const { here, wire, live, server } = place()
    await here.advance(60_000)
    expect(live.status.phase).toBe('idle')
    expect(wire.sockets).toHaveLength(0)
    server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    expect(live.status.phase).toBe('open')
    expect(wire.last.protocols).toEqual(['headway.live.v1'])
    expect(wire.last.url).not.toContain('good')
  })

  it('tells the view, the lines, and the end after the last of them', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    run.log('one')
    server.flush()
    await here.advance(20)
    run.log('two')
    run.report({ kind: 'progress.reported', done: 1, total: 2 })
    run.report({ kind: 'metric.reported', name: 'loss', value: 0.5 })
    run.finish('succeeded', { result: { marks: 3 } })
    server.flush()
    await here.advance(20)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.view).toEqual(run.view)
    expect(diary.points.map(({ value }) => value)).toEqual([0.5])
    expect(diary.ends).toEqual([{ state: 'succeeded', seq: run.seq, line: run.line, isComplete: true, result: { marks: 3 } }])
  })

  it('says why a run failed', async () => {
    const { here, live, server } = place()
    const diary = new Diary()
    live.run('a', diary)
    server.run('a').finish('failed', { error: { code: 'exception', message: 'no sheets' } })
    await here.advance(50)
    expect(diary.ends[0]).toMatchObject({ state: 'failed', error: { message: 'no sheets' } })
  })

  it('knows nothing of a run that is not there', async () => {
    const { here, live } = place()
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    expect(diary.closed).toEqual([{ code: 'run_not_found', why: 'There is no such run.' }])
  })

  it('hands out one view a frame, with what was merged counted, and unchanged parts the same', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    run.report({ kind: 'status.reported', text: 'reading' })
    run.report({ kind: 'progress.reported', bar: 'other', done: 1 })
    await here.advance(50)
    const before = diary.views.length
    const other = diary.view.bars?.['other']
    for (let done = 1; done <= 5; done++) {
      run.report({ kind: 'progress.reported', done })
      server.flush()
    }
    await here.advance(20)
    expect(diary.views).toHaveLength(before + 1)
    expect(diary.view.progress?.done).toBe(5)
    expect(diary.folded).toBe(4)
    expect(diary.view.bars?.['other']).toBe(other)
  })

  it('tells one that joins later what there is, and then what is new', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    live.run('a', new Diary())
    run.log('early')
    await here.advance(50)
    const late = new Diary()
    live.run('a', late)
    await here.advance(50)
    run.log('late')
    run.finish()
    server.flush()
    await here.advance(50)
    expect(late.view).toEqual(run.view)
    expect(late.lines.map(({ text }) => text)).toEqual(['late', undefined])
    expect(late.ends).toHaveLength(1)
    expect(wire.last.heard.filter(({ type }) => type === 'subscribe')).toHaveLength(1)
    const last = new Diary()
    live.run('a', last)
    await here.advance(50)
    expect(last.ends).toHaveLength(1)
  })

  it('asks for the further facets of one that joins', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    live.run('a', new Diary(), { facets: ['view'] })
    await here.advance(50)
    const diary = new Diary()
    live.run('a', diary, { facets: ['view', 'log'] })
    await here.advance(50)
    run.log('seen')
    server.flush()
    await here.advance(50)
    expect(diary.lines.map(({ text }) => text)).toContain('seen')
  })

  it('begins near the end, and ends with what it has', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    for (let line = 0; line < 50; line++) run.log(`${line}`)
    const diary = new Diary()
    live.run('a', diary, { from: { tail: 10 } })
    await here.advance(50)
    run.finish()
    server.flush()
    await here.advance(50)
    expect(diary.lines.map(({ line }) => line)).toEqual([42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52])
    expect(diary.ends[0]?.isComplete).toBe(true)
  })

  it('is not harmed by what a listener throws', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', { onEntries: () => { throw new Error('of the page') } }) // prettier-ignore
    live.run('a', diary)
    await here.advance(50)
    run.log('one')
    server.flush()
    await here.advance(50)
    expect(here.errors.map(String)).toContain('Error: of the page')
    expect(diary.lines.at(-1)?.text).toBe('one')
    expect(live.status.phase).toBe('open')
  })

  it('unsubscribes when the last one leaves, and begins anew for the next', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    const first = live.run('a', new Diary())
    const second = live.run('a', new Diary())
    await here.advance(50)
    first.close()
    expect(wire.last.last('unsubscribe')).toBeUndefined()
    second.close()
    second.close()
    expect(wire.last.last('unsubscribe')).toMatchObject({ channel: 'run:a' })
    const diary = new Diary()
    const again = live.run('a', diary)
    expect(again.position).toBeNull()
    await here.advance(50)
    expect(diary.lines).toHaveLength(1)
    expect(again.position).toEqual(['epoch-1', 1, 3])
  })
})

describe('what is lost on the way', () => {
  it('asks again for a hole, and tells each line once', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    run.log('lost')
    server.faults.lose = () => true
    server.flush()
    delete server.faults.lose
    run.log('heard')
    server.flush()
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.gaps).toEqual([])
  })

  it('passes over what it has already', async () => {
    const { here, live, server } = place()
    server.faults.double = () => true
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    for (const text of ['one', 'two']) {
      run.log(text)
      server.flush()
    }
    run.finish()
    server.flush()
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.ends).toMatchObject([{ isComplete: true }])
    expect([...diary.seqs].sort((a, b) => a - b)).toEqual(diary.seqs)
  })

  it('tells of a gap when it has asked three times in vain', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    const entry = { ...run.entries[0], line: 5, text: 'five' }
    for (let time = 0; time < 4; time++) {
      wire.last.say({ type: 'entries', channel: 'run:a', first: 5, entries: [entry], at: 'T' })
      await here.advance(50)
    }
    expect(diary.gaps).toEqual([{ facet: 'log', from: 2, to: 4, why: 'missing' }])
    expect(diary.line).toBe(5)
    await here.advance(300)
    expect(live.status.lostLines).toBe(3)
  })

  it('finds the lost last message, and the lost end, by heartbeats', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    server.faults.lose = () => true
    run.log('the last')
    run.finish()
    server.flush()
    delete server.faults.lose
    await here.advance(80_000)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.ends).toHaveLength(1)
  })

  it('finds a lost answer to its question', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('b', new Diary())
    server.run('b')
    await here.advance(50)
    server.faults.lose = () => true
    live.run('a', diary)
    await here.advance(50)
    delete server.faults.lose
    await here.advance(80_000)
    expect(diary.lines).toEqual(run.entries)
  })

  it('says that the log is not complete when the hash disagrees', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    run.log('true')
    ;(run.entries[1] as { text: string }).text = 'false'
    run.finish()
    server.flush()
    await here.advance(50)
    expect(diary.ends[0]?.isComplete).toBe(false)
  })

  it('tells lines that are kept no longer as a gap with an address', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    for (let line = 2; line <= 9; line++) run.log(`${line}`)
    run.evict(6)
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    expect(diary.gaps).toEqual([{ facet: 'log', from: 1, to: 5, why: 'evicted', url: '/log' }])
    expect(diary.lines.map(({ line }) => line)).toEqual([6, 7, 8, 9])
    await here.advance(300)
    expect(live.status.lostLines).toBe(5)
  })

  it('begins anew when the store is another one', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    run.log('one')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    server.replace()
    await here.advance(5_000)
    expect(diary.resets).toEqual(['epoch'])
    expect(diary.lines).toEqual(run.entries)
    expect(diary.view).toEqual(run.view)
  })

  it('closes what it may no longer see, and stays with the rest', async () => {
    const { here, live, server } = place()
    const [a, b] = [new Diary(), new Diary()]
    server.run('a')
    const kept = server.run('b')
    live.run('a', a)
    live.run('b', b)
    await here.advance(50)
    server.run('a').isHidden = true
    server.recheck()
    kept.log('still')
    server.flush()
    await here.advance(50)
    expect(a.closed).toEqual([{ code: 'run_not_found', why: 'gone' }])
    expect(b.lines.at(-1)?.text).toBe('still')
  })

  it('makes the connection anew when the server says nonsense', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    const nonsense = ['{', '7', '{"type":"patch"}', JSON.stringify([{ type: 'entries', channel: 'run:a', first: -1, entries: [] }])]
    for (const data of [...nonsense, new ArrayBuffer(3), '[null]', '[{"type":"patch","channel":"run:a","seq":"9"}]']) {
      const before = wire.sockets.length
      wire.last.sayRaw(data)
      await here.advance(21_000)
      expect(wire.sockets.length, String(data)).toBeGreaterThan(before)
    }
    wire.last.say({ type: 'of_next_year', channel: 'run:a' }, { type: 'of_next_year' })
    run.log('after all')
    server.flush()
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
    expect(live.status.phase).toBe('open')
  })
})

describe('status', () => {
  it('is told at each turn, and with its numbers four times a second', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const told: Status[] = []
    live.onStatus((status) => told.push(status))
    live.run('a', new Diary())
    await here.advance(1_000)
    expect(told.map(({ phase }) => phase).slice(0, 3)).toEqual(['connecting', 'connecting', 'greeting'])
    const before = told.length
    for (let time = 0; time < 100; time++) {
      run.log(`${time}`)
      await here.advance(5)
      server.flush()
      await here.advance(5)
    }
    expect(told.length - before).toBeGreaterThan(2)
    expect(told.length - before).toBeLessThan(7)
    expect(Object.isFrozen(live.status)).toBe(true)
    expect(live.status.lagMs).toBeGreaterThanOrEqual(5)
    expect(live.status.lagMs).toBeLessThan(8)
    expect(live.status.node).toBe('node-1')
  })

  it('counts what a reconnect brought', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    server.cut()
    for (let line = 0; line < 7; line++) run.log('away')
    await here.advance(5_000)
    expect(live.status).toMatchObject({ phase: 'open', caughtUp: 7, lostLines: 0 })
  })

  it('shows the time of the server, whatever this clock says', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    live.run('a', new Diary())
    await here.advance(3)
    const hour = 3_600_000
    wire.last.say({ type: 'welcome', version: 1, node: 'n', heartbeat: 25, at: new Date(here.now() + hour).toISOString() })
    expect(Math.abs(live.serverNow() - here.now() - hour)).toBeLessThan(5)
  })

  it('stops hearing when asked', async () => {
    const { here, live } = place()
    const listener = vi.fn()
    live.onStatus(listener)()
    live.run('a', new Diary())
    await here.advance(50)
    expect(listener).not.toHaveBeenCalled()
  })
})
