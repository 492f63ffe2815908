/** Whatever goes wrong, in whatever order: what a viewer was told is the journal, and each run ended once. */
import { describe, expect, it } from 'vitest'

import { type Transport, TRANSPORTS } from '../src/choice'
import { foldAll } from '../src/fold'
import { Live } from '../src/live'
import { RunChannel } from '../src/run_channel'
import { FakeHttp, FakeServer, FakeSurroundings, FakeWire } from '../src/testing'
import { Diary } from './place'
import { below, oneOf, randomOf } from './random'

const SEEDS = 40
const STEPS = 150

function follow(seed: number, transports: readonly Transport[]) {
  const random = randomOf(seed)
  const here = new FakeSurroundings(undefined, random)
  const wire = new FakeWire()
  const server = new FakeServer(here, wire)
  const http = new FakeHttp(here, server)
  const maybe = (chance: number) => () => random() < chance
  server.faults = { lose: maybe(0.05), double: maybe(0.1) }
  let kept: string | null = null
  const connect = () =>
    new Live({
      url: 'wss://h/',
      getToken: () => (random() < 0.1 ? Promise.reject(new Error('no')) : Promise.resolve(random() < 0.1 ? 'expired' : 'good')),
      openSocket: wire.open,
      fetch: http.fetch,
      transports,
      surroundings: here,
      cursors: { read: () => kept, write: (cursor) => (kept = cursor) },
    })
  const names = ['a', 'b', 'c']
  const diaries = new Map(names.map((name) => [name, new Diary()]))
  let live = connect()
  const subscribe = () => {
    for (const name of names) {
      server.run(name)
      live.run(name, diaries.get(name) as Diary)
    }
  }
  subscribe()

  const report = () => {
    const run = server.run(oneOf(random, names))
    if (run.ending) return
    const kind = below(random, 20)
    if (kind < 12) for (let line = below(random, 30); line >= 0; line--) run.log(`${run.line} ${random()} 字`)
    else if (kind < 16) run.report({ kind: 'progress.reported', done: below(random, 100), total: 100 })
    else if (kind < 17) run.report({ kind: 'step.started', step: `s${below(random, 5)}`, name: 'step' })
    else if (kind < 18) run.report({ kind: 'metric.reported', name: 'loss', value: random() })
    else if (kind < 19 && random() < 0.4) run.finish(oneOf(random, ['succeeded', 'failed']))
  }
  const happenings: (() => void)[] = [
    () => server.cut(),
    () => server.cut(oneOf(random, [4000, 4101, 4108, 4110, 4201]), random() * 3),
    () => {
      server.isAway = !server.isAway
    },
    () => {
      server.isDeaf = !server.isDeaf
    },
    () => {
      server.isSilent = !server.isSilent
    },
    () => here.change({ isOnline: random() < 0.5 }),
    () => here.change({ isVisible: random() < 0.5 }),
    () => here.sleep(below(random, 200_000)),
    // A reload: the page begins anew, with what it kept; what it was told it has worked on.
    () => {
      live.close()
      live = connect()
      subscribe()
    },
    () => live.reconnect(),
    // Something on the way lets through less than it did, or more.
    () => {
      wire.fault = oneOf(random, [null, 'refuses', 'swallows'])
    },
    () => {
      http.isHeldUp = random() < 0.5
      http.blocked.clear()
      if (random() < 0.3) http.blocked.add(oneOf(random, ['sse', 'poll']))
    },
  ]
  const repair = () => {
    wire.fault = null
    http.isHeldUp = false
    http.blocked.clear()
  }
  return { repair, random, here, server, diaries, names, report, happenings, live: () => live }
}

async function converge(seed: number, isReplaced: boolean, transports = TRANSPORTS) {
  const all = follow(seed, transports)
  const { random, here, server, diaries, names, report, happenings } = all
  for (let step = 0; step < STEPS; step++) {
    report()
    if (random() < 0.7) server.flush()
    if (random() < 0.15) oneOf(random, happenings)()
    if (isReplaced && random() < 0.01) server.replace()
    await here.advance(below(random, random() < 0.05 ? 30_000 : 60))
  }
  // Whatever was wrong is put right, the runs end, and there is time.
  server.isAway = server.isDeaf = server.isSilent = false
  all.repair()
  here.change({ isOnline: true, isVisible: true })
  await here.advance(60_000)
  for (const name of names) if (!server.run(name).ending) server.run(name).finish()
  server.faults = { lose: () => random() < 0.5 } // the very last words, too
  server.flush()
  server.faults = {}
  await here.advance(600_000)
  for (const name of names) {
    const run = server.run(name)
    const diary = diaries.get(name) as Diary
    expect(diary.lines, `seed ${seed}, run ${name}`).toEqual(run.entries)
    expect(diary.view).toEqual(foldAll(run.events))
    expect(diary.ends, `seed ${seed}, run ${name}`).toHaveLength(1)
    expect(diary.ends[0]).toMatchObject({ isComplete: true, line: run.line, seq: run.seq })
  }
  expect(here.errors).toEqual([])
  all.live().close()
  expect(server.viewerCount).toBe(0)
}

describe('an oracle', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i: the journal, each line once, in order, and one end', (seed) =>
    converge(seed, false),
  )
  it.each(Array.from({ length: SEEDS / 2 }, (_, seed) => 1_000 + seed))('seed %i: also when the store is replaced', (seed) =>
    converge(seed, true),
  )

  it.each(Array.from({ length: SEEDS / 2 }, (_, seed) => 2_000 + seed))('seed %i: by streams alone', (seed) =>
    converge(seed, seed % 2 === 0, ['sse']),
  )
  it.each(Array.from({ length: SEEDS / 2 }, (_, seed) => 3_000 + seed))('seed %i: by polls alone', (seed) =>
    converge(seed, seed % 2 === 0, ['poll']),
  )

  it.each(['hole', 'beat', 'finished'])('notices a client that has no %s', async (part) => {
    const prototype = RunChannel.prototype as unknown as Record<string, unknown>
    const own = prototype[part]
    prototype[part] = () => false
    try {
      const results = await Promise.allSettled(Array.from({ length: 8 }, (_, seed) => converge(seed, false)))
      expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    } finally {
      prototype[part] = own
    }
  })
})
