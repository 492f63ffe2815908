import { describe, expect, it, vi } from 'vitest'

import { Live } from '../src/live'
import { FakeSurroundings, FakeWire } from '../src/testing'
import { Diary, place } from './place'

describe('the connection', () => {
  it('comes back after a break, says so meanwhile, and misses nothing', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    server.isAway = true
    server.cut()
    expect(live.status).toMatchObject({ phase: 'waiting', attempts: 1, isTroubled: false, problem: { code: 1006 } })
    expect(live.status.retryAt).toBe(here.now() + 500)
    await here.advance(120_000)
    expect(live.status.isTroubled).toBe(true)
    for (let line = 0; line < 500; line++) run.log(`${line}`)
    server.isAway = false
    await here.advance(40_000)
    expect(live.status).toMatchObject({ phase: 'open', isTroubled: false, problem: null, attempts: 0 })
    run.finish()
    server.flush()
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.ends).toMatchObject([{ isComplete: true }])
  })

  it('is made twice in a row before a word was said, and misses nothing', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    for (let time = 0; time < 6; time++) {
      await here.advance(2)
      server.cut()
      await here.advance(1_000)
    }
    run.log('at last')
    await here.advance(60_000)
    server.flush()
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
  })

  it('that is half open is noticed, and made anew', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    server.isSilent = true
    run.log('unheard')
    await here.advance(70_000)
    expect(wire.sockets[0]?.closedBy).toBe('viewer')
    server.isSilent = false
    await here.advance(60_000)
    expect(diary.lines).toEqual(run.entries)
  })

  it('that never answers is given up and tried again', async () => {
    const here = new FakeSurroundings()
    const wire = new FakeWire()
    const live = new Live({ url: 'wss://h/', getToken: () => Promise.resolve('t'), openSocket: wire.open, surroundings: here })
    live.run('a', new Diary())
    await here.advance(11_000)
    expect(wire.sockets[0]?.closedBy).toBe('viewer')
    await here.advance(60_000)
    expect(wire.sockets.length).toBeGreaterThan(3)
  })

  it('answers heartbeats, and lives as long as they come', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    live.run('a', new Diary())
    await here.advance(600_000)
    expect(wire.sockets).toHaveLength(1)
    expect(wire.last.last('pong')).toEqual({ type: 'pong', n: 24 })
  })

  it('waits as long as the server asks when it drains', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    server.cut(4101, 7)
    await here.advance(6_900)
    expect(wire.sockets).toHaveLength(1)
    await here.advance(200)
    expect(wire.sockets).toHaveLength(2)
  })

  it('stops at a final code, tells commands so, and goes on when a person insists', async () => {
    const { here, live, server } = place()
    server.run('a')
    const run = live.run('a', new Diary())
    await here.advance(50)
    server.isSilent = true
    const command = run.command('cancel').catch((error: unknown) => error)
    server.isSilent = false
    server.cut(4503)
    await here.advance(60_000)
    expect(live.status).toMatchObject({ phase: 'stopped', problem: { code: 4503 } })
    expect(await command).toMatchObject({ code: 'connection_closed' })
    live.reconnect()
    await here.advance(50)
    expect(live.status.phase).toBe('open')
  })

  it('is not tried again when every run has ended', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    live.run('a', new Diary())
    run.finish()
    await here.advance(50)
    server.cut()
    await here.advance(60_000)
    expect(live.status.phase).toBe('idle')
    expect(wire.sockets).toHaveLength(1)
    expect(here.timerCount).toBe(1) // the server's own
  })

  it('closes for good', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    live.close()
    live.reconnect()
    await here.advance(60_000)
    expect(live.status.phase).toBe('closed')
    expect(wire.sockets).toHaveLength(1)
    expect(here.listenerCount).toBe(0)
    expect(here.timerCount).toBe(1)
  })

  it('says where there is no WebSocket', async () => {
    const here = new FakeSurroundings()
    vi.stubGlobal('WebSocket', undefined)
    const live = new Live({
      url: new URL('wss://h/'),
      getToken: () => Promise.resolve('t'),
      surroundings: here,
      transports: ['websocket'],
    })
    live.run('a', new Diary())
    await here.advance(50)
    expect(live.status).toMatchObject({ phase: 'stopped', problem: { code: 4500 } })
    expect(live.status.problem?.why).toContain('openSocket')
    vi.unstubAllGlobals()
  })
})

describe('the token', () => {
  it('is asked for before each connection, and again when the old one is refused', async () => {
    const asked: boolean[] = []
    const getToken = ({ isRefused }: { isRefused: boolean }) => {
      asked.push(isRefused)
      return Promise.resolve(asked.length === 1 ? 'expired' : 'good')
    }
    const { here, live, server } = place({ getToken })
    server.run('a')
    live.run('a', new Diary())
    await here.advance(100)
    expect(asked).toEqual([false, true])
    expect(live.status.phase).toBe('open')
  })

  it('is renewed on the open connection when it is about to end', async () => {
    const tokens = ['good', 'fresh']
    const { here, live, server, wire } = place({ getToken: () => Promise.resolve(tokens.shift() ?? '') })
    server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    wire.last.say({ type: 'token_expiring', in: 30, at: 'T' })
    await here.advance(50)
    expect(wire.last.last('token')).toEqual({ type: 'token', token: 'fresh' })
    expect(wire.sockets).toHaveLength(1)
  })

  it('that cannot be had is asked for again later, unless nobody is signed in', async () => {
    let answer: () => Promise<string> = () => Promise.reject(new Error('no network'))
    const { here, live, server } = place({ getToken: () => answer() })
    server.run('a')
    live.run('a', new Diary())
    await here.advance(50)
    expect(live.status).toMatchObject({ phase: 'waiting', problem: { why: 'no network' } })
    answer = () => Promise.reject(Object.assign(new Error('signed out'), { isFinal: true }))
    await here.advance(60_000)
    expect(live.status).toMatchObject({ phase: 'stopped', problem: { code: 4501, why: 'signed out' } })
  })

  it('that comes too late is of no use', async () => {
    const waiting: ((token: string) => void)[] = []
    const { here, live, server, wire } = place({ getToken: () => new Promise((resolve) => waiting.push(resolve)) })
    server.run('a')
    live.run('a', new Diary())
    await here.advance(22_000)
    waiting[0]?.('good')
    await here.advance(10)
    expect(wire.sockets).toHaveLength(0)
    waiting[1]?.('good')
    await here.advance(10)
    expect(wire.sockets).toHaveLength(1)
  })
})

describe('the world outside', () => {
  it('without network nothing is tried, and at once when it is back', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    here.change({ isOnline: false })
    expect(live.status.phase).toBe('offline')
    server.cut()
    run.log('meanwhile')
    await here.advance(600_000)
    expect(wire.sockets).toHaveLength(1)
    here.change({ isOnline: true })
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
  })

  it('a server on this very machine needs no network', async () => {
    const { here, live, server } = place({ url: 'ws://127.0.0.1:8765/api/v1/live' })
    server.run('a')
    here.change({ isOnline: false })
    live.run('a', new Diary())
    await here.advance(50)
    expect(live.status.phase).toBe('open')
  })

  it('the server is told whether somebody looks; the log waits for that, the view does not', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    here.change({ isVisible: false })
    await here.advance(10)
    expect(wire.last.last('visible')).toEqual({ type: 'visible', visible: false })
    run.log('unseen')
    server.flush()
    await here.advance(1_010)
    expect(diary.view).toEqual(run.view)
    expect(diary.line).toBe(1)
    await here.advance(200_000)
    expect(wire.sockets).toHaveLength(1)
    expect(wire.last.heard.filter(({ type }) => type === 'subscribe')).toHaveLength(1)
    here.change({ isVisible: true })
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
  })

  it('hidden and with nothing subscribed it lets go, and is there again with the person', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    const run = live.run('a', new Diary())
    await here.advance(50)
    run.close()
    expect(live.status.phase).toBe('open')
    here.change({ isVisible: false })
    expect(live.status.phase).toBe('hidden')
    await here.advance(600_000)
    expect(wire.sockets).toHaveLength(1)
    here.change({ isVisible: true })
    await here.advance(50)
    expect(live.status.phase).toBe('open')
  })

  it('after a night asleep it is current again at once', async () => {
    const { here, live, server } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    here.sleep(8 * 3_600_000)
    server.cut()
    run.log('good morning')
    await here.advance(10)
    here.change({ isVisible: true })
    await here.advance(1_100)
    expect(live.status.phase).toBe('open')
    expect(diary.lines).toEqual(run.entries)
  })

  it('after a night in which nobody told it of the break, too', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(50)
    server.isSilent = true
    here.sleep(8 * 3_600_000)
    run.log('good morning')
    server.isSilent = false
    wire.last.closedBy = 'server' // and no event of it
    await here.advance(6_000)
    expect(diary.lines).toEqual(run.entries)
  })
})

describe('commands', () => {
  it('are answered, or refused with a code', async () => {
    const { here, live, server } = place()
    server.run('a')
    const run = live.run('a', new Diary())
    await here.advance(50)
    const answers = Promise.allSettled([run.command('cancel', { reason: 'enough' }), run.command('explode')])
    await here.advance(50)
    expect(await answers).toMatchObject([{ value: { state: 'cancelling' } }, { reason: { code: 'forbidden', message: 'No.' } }])
    expect(server.commands[0]).toMatchObject({ channel: 'run:a', args: { reason: 'enough' } })
  })

  it('given offline wait, and keep their key; no more than 50', async () => {
    const { here, live, server } = place()
    server.run('a')
    here.change({ isOnline: false })
    const run = live.run('a', new Diary())
    const waiting = Array.from({ length: 50 }, () => run.command('cancel'))
    await expect(run.command('cancel')).rejects.toMatchObject({ code: 'too_many_waiting' })
    here.change({ isOnline: true })
    await here.advance(50)
    expect(await Promise.all(waiting)).toHaveLength(50)
    expect(new Set(server.commands.map(({ idempotency_key }) => idempotency_key)).size).toBe(50)
  })

  it('without an answer are said again on the next connection, under the same key', async () => {
    const { here, live, server } = place()
    server.run('a')
    const run = live.run('a', new Diary())
    await here.advance(50)
    server.faults.lose = () => true
    const answer = run.command('cancel')
    await here.advance(50)
    delete server.faults.lose
    server.cut()
    await here.advance(5_000)
    expect(await answer).toEqual({ state: 'cancelling' })
    expect(server.commands).toHaveLength(2)
    expect(server.commands[0]?.idempotency_key).toBe(server.commands[1]?.idempotency_key)
  })

  it('that came too fast are said again when the server allows it, three times', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    const run = live.run('a', new Diary())
    await here.advance(50)
    server.isSilent = true
    const answer = run.command('cancel').catch((error: unknown) => error)
    const id = (wire.last.last('command') as { id: string }).id
    for (let time = 0; time < 3; time++) {
      wire.last.say({ type: 'error', id, code: 'too_fast', temporary: true, retry_in: 2, message: 'Too many.' })
      await here.advance(2_100)
    }
    expect(wire.last.heard.filter(({ type }) => type === 'command')).toHaveLength(3)
    expect(await answer).toMatchObject({ code: 'too_fast' })
  })
})
