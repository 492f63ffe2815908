/** Which way to the server is taken, when another is, and when the better one is taken again. */
import { describe, expect, it, vi } from 'vitest'

import { afterEnd, type Choice, type End, firstChoice, TRANSPORTS } from '../src/choice'
import type { Live } from '../src/live'
import { FakeSurroundings } from '../src/testing'
import { Diary, place } from './place'

const YOUNG: End = { wasOpen: true, lived: 4_999, isSaid: false, isSilent: false }
const OLD: End = { ...YOUNG, lived: 5_000 }
const NEVER: End = { wasOpen: false, lived: 20, isSaid: false, isSilent: false }
const after = (...ends: End[]) => ends.reduce((choice: Choice, end) => afterEnd(choice, end, TRANSPORTS), firstChoice(TRANSPORTS))

describe('the choice', () => {
  it('gives a WebSocket up when two in a row have died young', () => {
    expect(after(YOUNG).transport).toBe('websocket')
    expect(after(YOUNG, YOUNG).transport).toBe('sse')
    expect(after(NEVER, NEVER).transport).toBe('sse')
    expect(after(YOUNG, OLD, YOUNG).transport).toBe('websocket')
  })

  it('does not count what the server itself has ended', () => {
    expect(after(YOUNG, { ...YOUNG, isSaid: true }, YOUNG).transport).toBe('websocket')
  })

  it('gives streams up at once that are held up, and for as long as there is no WebSocket', () => {
    const held = after(NEVER, NEVER, { ...NEVER, isSilent: true })
    expect(held).toMatchObject({ transport: 'poll', isHeldUp: true })
    const again = [NEVER, NEVER, NEVER].reduce((choice, end) => afterEnd(choice, end, TRANSPORTS), held)
    expect(again.transport, 'round once more, past the streams').toBe('poll')
    expect(afterEnd(afterEnd(again, NEVER, TRANSPORTS), OLD, TRANSPORTS).isHeldUp).toBe(false)
  })

  it('stays with what once worked, and goes round where nothing does', () => {
    const streams = after(NEVER, NEVER)
    expect(afterEnd(streams, OLD, TRANSPORTS)).toBe(streams)
    expect(afterEnd(streams, NEVER, TRANSPORTS).transport).toBe('poll')
    expect(after(NEVER, NEVER, NEVER, NEVER)).toMatchObject({ transport: 'websocket', deaths: 0 })
  })

  it('makes do with what there is', () => {
    expect(afterEnd(firstChoice(['sse']), NEVER, ['sse']).transport).toBe('sse')
    expect(afterEnd(firstChoice(['poll']), NEVER, ['poll']).transport).toBe('poll')
    expect(afterEnd(firstChoice(['websocket']), YOUNG, ['websocket']).transport).toBe('websocket')
    expect(firstChoice([]).transport).toBe('websocket')
  })
})

/** A run that is followed to its end, with each line once, over whatever `meanwhile` does to the network. */
async function follow(meanwhile: (at: ReturnType<typeof place>) => Promise<void>, options: Parameters<typeof place>[0] = {}) {
  const at = place(options)
  const run = at.server.run('a')
  const diary = new Diary()
  const transports: string[] = []
  at.live.onStatus(({ phase, transport }) => phase === 'open' && transports.at(-1) !== transport && transports.push(transport))
  at.live.run('a', diary)
  await at.here.advance(100)
  const report = async (count: number) => {
    for (let line = 0; line < count; line++) run.log(`${line}`)
    run.report({ kind: 'metric.reported', name: 'loss', value: run.seq })
    at.server.flush()
    await at.here.advance(100)
  }
  await report(3)
  await meanwhile(at)
  await report(3)
  run.finish()
  at.server.flush()
  await at.here.advance(100)
  expect(diary.lines).toEqual(run.entries)
  expect(diary.view).toEqual(run.view)
  expect(diary.ends).toMatchObject([{ isComplete: true }])
  expect(diary.points.map(({ seq }) => seq)).toEqual(run.pointsAfter(0).map(({ seq }) => seq))
  expect(diary.gaps).toEqual([])
  expect(at.here.errors).toEqual([])
  return { ...at, diary, transports }
}

describe('where WebSockets', () => {
  it.each(['refuses', 'swallows'] as const)('are kept out (something %s them) a run is followed by a stream', async (fault) => {
    const { live, transports } = await follow(async ({ here, wire, server }) => {
      wire.fault = fault
      server.cut()
      await here.advance(120_000)
    })
    expect(transports.at(-1)).toBe('sse')
    expect(live.status).toMatchObject({ transport: 'sse', lostLines: 0 })
    live.close()
  })

  it('are kept out and streams are held up, by polls', async () => {
    const { live, http, transports } = await follow(async ({ here, wire, server, http }) => {
      wire.fault = 'refuses'
      http.isHeldUp = true
      server.cut()
      await here.advance(60_000)
    })
    expect(transports).toEqual(['websocket', 'poll'])
    expect(http.requests.filter((request) => request.startsWith('/live/sse')).length).toBe(1)
    live.close()
  })

  it('are cut as soon as they are open, two of them are enough', async () => {
    const { wire } = await follow(async ({ here, wire, server, live }) => {
      for (let time = 0; time < 2; time++) {
        await vi.waitFor(async () => (await here.advance(500), expect(live.status.phase).toBe('open')))
        wire.last.end(1006)
      }
      wire.fault = 'refuses'
      await here.advance(5_000)
      expect(live.status).toMatchObject({ phase: 'open', transport: 'sse' })
      server.flush()
    })
    expect(wire.sockets.length, 'two, and one that was tried beside the stream at most').toBeLessThanOrEqual(3)
  })

  it('get through again, they are taken again: soon at first, for it may have been the server; then every ten minutes', async () => {
    await follow(async ({ here, wire, server, live }) => {
      wire.fault = 'refuses'
      server.cut()
      await here.advance(8_000)
      expect(live.status).toMatchObject({ phase: 'open', transport: 'sse' })
      const tried = wire.sockets.length
      await here.advance(20_000)
      expect(wire.sockets.length).toBe(tried + 1)
      expect(live.status.phase, 'what works goes on meanwhile').toBe('open')
      await here.advance(560_000)
      expect(wire.sockets.length).toBe(tried + 1)
      wire.fault = null
      await here.advance(60_000)
      expect(live.status).toMatchObject({ phase: 'open', transport: 'websocket' })
      expect(server.viewerCount).toBe(1)
    })
  })

  it('swallow a hello, that is no welcome', async () => {
    await follow(async ({ here, wire, server, live }) => {
      wire.fault = 'swallows'
      server.cut()
      await here.advance(60_000)
      const { length } = wire.sockets
      wire.onOpen = (socket) => void here.setTimeout(() => (socket.open(), socket.say({ type: 'notice' })), 1)
      wire.fault = null
      await here.advance(700_000)
      expect(wire.sockets.length).toBeGreaterThan(length)
      wire.onOpen = (socket) => void here.setTimeout(() => (socket.open(), socket.sayRaw('no list')), 1)
      await here.advance(700_000)
      expect(live.status).toMatchObject({ phase: 'open', transport: 'sse' })
    })
  })

  it('cannot be made at all, the trial says so', async () => {
    await follow(
      async ({ here, live }) => {
        await here.advance(700_000)
        expect(live.status).toMatchObject({ phase: 'open', transport: 'sse' })
      },
      {
        openSocket: () => {
          throw new Error('Not here.')
        },
        transports: ['sse', 'websocket'],
      },
    )
  })

  it('are not there, a stream is the first thing tried', async () => {
    vi.stubGlobal('WebSocket', undefined)
    try {
      const { live, wire } = await follow(() => Promise.resolve(), { openSocket: undefined } as never)
      expect(live.status.transport).toBe('sse')
      expect(wire.sockets).toEqual([])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('a server that was away', () => {
  it('is found again by whatever is tried, and soon by a WebSocket', async () => {
    const { live } = await follow(async ({ here, server, live }) => {
      server.isAway = true
      server.cut()
      await here.advance(300_000)
      expect(live.status).toMatchObject({ phase: 'waiting', isTroubled: true })
      server.isAway = false
      await here.advance(60_000)
      expect(live.status).toMatchObject({ phase: 'open', transport: 'websocket' })
    })
    live.close()
  })

  it('is polled only until streams may be tried', async () => {
    const { live } = await follow(
      async ({ here, http, server, live }) => {
        http.blocked.add('sse')
        server.cut()
        await here.advance(30_000)
        expect(live.status).toMatchObject({ phase: 'open', transport: 'poll' })
        http.blocked.clear()
        await here.advance(700_000)
        expect(live.status).toMatchObject({ phase: 'open', transport: 'sse' })
      },
      { transports: ['sse', 'poll'] },
    )
    live.close()
  })
})

describe('what is tried', () => {
  it('begins anew for a person, and in another network', async () => {
    const { here, live, server, wire } = place()
    server.run('a')
    wire.fault = 'refuses'
    live.run('a', new Diary())
    await here.advance(8_000)
    expect(live.status.transport).toBe('sse')
    wire.fault = null
    live.reconnect()
    await here.advance(50)
    expect(live.status).toMatchObject({ phase: 'open', transport: 'websocket' })
    wire.fault = 'refuses'
    server.cut()
    await here.advance(8_000)
    expect(live.status.transport).toBe('sse')
    here.change({ isOnline: false })
    wire.fault = null
    here.change({ isOnline: true })
    await here.advance(50)
    expect(live.status).toMatchObject({ phase: 'open', transport: 'websocket' })
  })

  it('is nothing while nobody looks, or nothing is wanted', async () => {
    const { here, live, server, wire } = place()
    const run = server.run('a')
    wire.fault = 'refuses'
    const diary = new Diary()
    live.run('a', diary)
    await here.advance(8_000)
    here.change({ isVisible: false })
    const { length } = wire.sockets
    await here.advance(900_000)
    expect(wire.sockets.length).toBe(length)
    here.change({ isVisible: true })
    run.finish()
    server.flush()
    await here.advance(100)
    expect(diary.ends).toHaveLength(1)
    server.cut()
    await here.advance(900_000)
    expect(live.status.phase, 'a run that has ended brings nothing more').toBe('idle')
    expect(wire.sockets.length).toBe(length)
  })

  it('leaves no timer behind', async () => {
    for (const transports of [['websocket'], ['sse'], ['poll'], ['websocket', 'sse', 'poll']] as const) {
      const at = place({ transports })
      const quiet = at.here.timerCount
      at.server.run('a')
      at.live.run('a', new Diary())
      at.live.list('default', {})
      await at.here.advance(30_000)
      at.live.close()
      await at.here.advance(100)
      expect(at.here.timerCount, transports.join()).toBeLessThanOrEqual(quiet + 1) // one of the fake server's polls
      expect(at.server.viewerCount).toBe(0)
    }
  })

  it('is told when its code cannot be loaded, and tried again', async () => {
    vi.resetModules()
    vi.doMock('../src/one_way', () => {
      throw new Error('The network is gone.')
    })
    const { Live: Fresh } = await import('../src/live')
    const here = new FakeSurroundings()
    const live: Live = new Fresh({
      url: 'wss://h/api/v1/live',
      getToken: () => Promise.resolve('good'),
      surroundings: here,
      transports: ['sse'],
      fetch: () => Promise.reject(new Error('never asked')),
    })
    live.run('a', new Diary())
    await here.advance(10)
    await vi.waitFor(async () => (await here.advance(1), expect(live.status.problem?.code).toBe(1006)))
    live.close()
    vi.doUnmock('../src/one_way')
    vi.resetModules()
  })
})
