import { Live } from '@headway/client'
import { createRest, type Rest, type Step } from '@headway/client/rest'
import { type FakeRun, FakeServer, FakeSurroundings, FakeWire } from '@headway/client/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { ListModel, type RunQuery } from './listModel'
import { RunModel } from './runModel'
import { StepBook } from './steps'
import { useAsync } from './useAsync'

/** REST over the same runs as the live server. */
function restOf(server: FakeServer, state = { isAway: false }): Rest {
  const run = (id: string) => {
    const found = server.runs.get(id)
    return found && fieldsOf(found)
  }
  const problem = new Response('{"code":"run_not_found","detail":"No."}', {
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
  })
  const fetch = (async (address: string) => {
    if (state.isAway) throw new TypeError('fetch failed')
    const url = new URL(address, 'http://h')
    const [, , , , id = '', part] = url.pathname.split('/')
    if (!id) return Response.json(page(listOf(server, url.searchParams)))
    const found = server.runs.get(id)
    if (!found) return problem.clone()
    if (part === 'entries') {
      const [from, to] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))]
      return Response.json(page(found.entries.slice(from - 1, to)))
    }
    return Response.json({ ...run(id), last_seq: found.seq, last_line: found.line, attempts: [], steps: [] })
  }) as typeof globalThis.fetch
  return createRest({ fetch })
}

const page = (items: unknown[]) => ({ items, next_cursor: null, total: null })
const fieldsOf = (run: FakeRun) => ({
  id: run.id,
  state: run.view.state,
  name: run.id,
  tags: [],
  priority: 0,
  created_at: run.view.created_at,
  view: structuredClone(run.view),
})

function listOf(server: FakeServer, query: URLSearchParams) {
  const states = query.getAll('state')
  const from = query.get('created_from') ?? ''
  return [...server.runs.values()]
    .map(fieldsOf)
    .filter(({ state, created_at }) => (!states.length || states.includes(state ?? '')) && (created_at ?? '') >= from)
    .reverse()
}

const open: { close(): void }[] = []
afterEach(() => open.splice(0).forEach((one) => one.close()))

function place() {
  const here = new FakeSurroundings(Date.now())
  const wire = new FakeWire()
  const server = new FakeServer(here, wire)
  const live = new Live({ url: 'wss://h/', getToken: () => Promise.resolve('good'), openSocket: wire.open, surroundings: here })
  const state = { isAway: false }
  open.push(live)
  return { here, server, live, state, rest: restOf(server, state) }
}

/** Time passes for the live connection until what is expected has come. */
async function until(here: FakeSurroundings, check: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await here.advance(50)
      check()
    },
    { timeout: 5_000 },
  )
}

describe('a run', () => {
  it('has its fields by REST, and all else live, to the end', async () => {
    const { here, server, live, rest } = place()
    const run = server.run('a')
    const model = new RunModel('a', live, rest)
    const points: number[] = []
    model.onPoints((more) => points.push(...more.map(({ value }) => value)))
    await until(here, () => expect([model.detail.value?.id, model.isLive.value]).toEqual(['a', true]))
    run.report({ kind: 'step.started', step: 's1', name: 'score' })
    run.report({ kind: 'metric.reported', name: 'loss', value: 0.5 })
    run.log('one')
    run.report({ kind: 'step.ended', step: 's1', outcome: 'succeeded', duration_seconds: 1.5 })
    server.flush()
    await until(here, () => expect(model.log.last.value).toBe(run.line))
    expect(model.log.range(1, run.line)).toEqual(run.entries)
    expect(model.view.value).toEqual(run.view)
    expect(points).toEqual([0.5])
    expect(model.steps.value).toMatchObject([{ id: 's1', name: 'score', outcome: 'succeeded', duration_seconds: 1.5 }])
    run.finish('succeeded', { result: 3 })
    server.flush()
    await until(here, () => expect([model.finished.value?.result, model.isLive.value]).toEqual([3, false]))
    model.close()
  })

  it('opened late has its last lines live, and the earlier ones when they are looked at', async () => {
    const { here, server, live, rest } = place()
    const run = server.run('a')
    for (let line = 2; line <= 2_000; line++) run.log(`${line}`)
    const model = new RunModel('a', live, rest)
    await until(here, () => expect(model.log.range(1_990, 2_000)).toEqual(run.entries.slice(1_989)))
    expect(model.log.range(100, 110)).toBeUndefined()
    await until(here, () => expect(model.log.range(100, 110)).toEqual(run.entries.slice(99, 110)))
    model.close()
  })

  it('that is not there says so, by both ways', async () => {
    const { here, live, rest } = place()
    const model = new RunModel('a', live, rest)
    await until(here, () => expect([model.problem.value?.code, model.closed.value?.code]).toEqual(['run_not_found', 'run_not_found']))
    model.close()
  })

  it('begins anew with another store', async () => {
    const { here, server, live, rest } = place()
    const run = server.run('a')
    run.log('one')
    const model = new RunModel('a', live, rest)
    await until(here, () => expect(model.log.last.value).toBe(2))
    server.replace()
    await until(here, () => expect(model.log.range(1, 2)).toEqual(run.entries))
    expect(model.view.value).toEqual(run.view)
    model.close()
  })

  it('tells where lines are missing', async () => {
    const { here, server, live, rest } = place()
    const run = server.run('a')
    for (let line = 2; line <= 9; line++) run.log(`${line}`)
    run.evict(5)
    const model = new RunModel('a', live, rest)
    await until(here, () => expect(model.gaps.value).toMatchObject([{ from: 1, to: 4 }]))
    expect(model.log.first.value).toBe(5)
    model.close()
  })
})

describe('steps', () => {
  it('that end without a beginning, or are no steps, change nothing', () => {
    const book = new StepBook('r', 10)
    expect(book.take([{ kind: 'step.ended', at: 'T', seq: 1, line: 1, attempt: 1, step: 'x', outcome: 'failed' }])).toBe(false)
    expect(book.take([{ kind: 'log.written', at: 'T', seq: 1, line: 1, attempt: 1 }])).toBe(false)
    expect(book.list).toEqual([])
  })

  it('cost the same however many there are: 10,000 of them are looked at once each', () => {
    let lookCount = 0
    const read = Array.from({ length: 10_000 }, (_, at) =>
      Object.defineProperty({ run: 'r', attempt: 1, name: '', started_at: 'T', ended_at: null }, 'id', {
        enumerable: true,
        get: () => ((lookCount += 1), String(at)),
      }),
    ) as unknown as Step[]
    const book = new StepBook('r', 10_000)
    book.merge(read)
    for (const step of read)
      expect(book.take([{ kind: 'step.ended', at: 'T', seq: 1, line: 1, attempt: 1, step: step.id, outcome: 'succeeded' }])).toBe(true)
    expect(book.list.every(({ outcome }) => outcome === 'succeeded')).toBe(true)
    // By the merge, by this test and by the copy that has ended.
    expect(lookCount).toBe(30_000)
  })

  it('are no more than so many: the oldest go', () => {
    const book = new StepBook('r', 2)
    book.take(['a', 'b', 'c'].map((step, at) => ({ kind: 'step.started', at: 'T', seq: at, line: at, attempt: 1, step, name: step })))
    expect(book.list.map(({ id }) => id)).toEqual(['b', 'c'])
  })
})

describe('a list', () => {
  const listing = (query: RunQuery = {}) => {
    const at = place()
    return { ...at, make: () => new ListModel(query, at.live, at.rest) }
  }

  it('shows a page, and keeps the rows in view current', async () => {
    const { here, server, make } = listing()
    const run = server.run('a')
    server.run('b')
    const model = make()
    await until(here, () => expect(model.rows.value.map(({ id }) => id)).toEqual(['b', 'a']))
    expect(model.states.value).toEqual({ running: 2 })
    model.see(['a', 'b'])
    const [untouched] = model.rows.value
    run.report({ kind: 'progress.reported', done: 1, total: 2 })
    server.flush()
    await until(here, () => expect(model.rows.value[1]?.row.progress).toMatchObject({ done: 1, total: 2 }))
    expect(model.rows.value[0]?.id).toBe(untouched?.id)
    model.close()
  })

  it('counts what is new behind a button, and shows it when asked', async () => {
    const { here, server, make } = listing()
    server.run('a')
    const model = make()
    await until(here, () => expect(model.rows.value).toHaveLength(1))
    server.run('b')
    server.announce('b')
    await until(here, () => expect(model.fresh.value).toBe(1))
    await model.reload()
    expect([model.rows.value.map(({ id }) => id), model.fresh.value]).toEqual([['b', 'a'], 0])
    model.close()
  })

  it('counts of a filtered list only what fits, and greys what has left it', async () => {
    const { here, server, make } = listing({ state: ['running'] })
    const run = server.run('a')
    const model = make()
    await until(here, () => expect(model.rows.value).toHaveLength(1))
    model.see(['a'])
    server.run('b')
    server.run('c').finish()
    server.announce('b', 'c')
    await until(here, () => expect(model.fresh.value).toBe(1))
    run.finish('failed')
    server.flush()
    await until(here, () => expect(model.rows.value[0]).toMatchObject({ isOut: true, row: { state: 'failed' } }))
    model.close()
  })

  it('marks what was deleted, and finds what came while it was away', async () => {
    const { here, server, make } = listing()
    server.run('a')
    const model = make()
    await until(here, () => expect(model.rows.value).toHaveLength(1))
    server.runs.delete('a')
    model.see(['a'])
    await until(here, () => expect(model.rows.value[0]?.isGone).toBe(true))
    server.cut()
    server.run('meanwhile')
    await until(here, () => expect(model.fresh.value).toBe(1))
    model.close()
  })

  it('says that the server is away, and comes back by itself', async () => {
    const { here, server, state, make } = listing()
    server.run('a')
    state.isAway = true
    const model = make()
    await until(here, () => expect(model.problem.value?.code).toBe('unreachable'))
    state.isAway = false
    await vi.waitFor(() => expect(model.rows.value).toHaveLength(1), { timeout: 10_000 })
    expect(model.problem.value).toBeNull()
    model.close()
  })
})

describe('useAsync', () => {
  it('loads, loads again when what it reads changes, and gives up what is overtaken or left', async () => {
    const which = ref('a')
    const signals: AbortSignal[] = []
    const waiting = new Map<string, (text: string) => void>()
    const scope = effectScope()
    const used = scope.run(() =>
      useAsync((signal) => {
        signals.push(signal)
        return new Promise<string>((resolve) => waiting.set(which.value, resolve))
      }),
    )
    which.value = 'b'
    await nextTick()
    waiting.get('b')?.('of b')
    await vi.waitFor(() => expect(used?.data.value).toBe('of b'))
    waiting.get('a')?.('of a')
    await nextTick()
    expect([used?.data.value, used?.isLoading.value, signals[0]?.aborted]).toEqual(['of b', false, true])
    void used?.reload()
    scope.stop()
    expect(signals.at(-1)?.aborted).toBe(true)
  })
})
