/** The client beside the real server: `headway serve` in a process of its own, killed with -9 while lines flow. */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { type Transport, TRANSPORTS } from '../src/choice'
import { Live } from '../src/live'
import { foldAll, type JournalEvent } from '../src/fold'
import { createRest, type Rest } from '../src/rest'
import type { Row } from '../src/types'
import { ROOT } from './cases'
import { Diary } from './place'
import { IS_THERE, PATIENCE, Serving } from './serving'

const execute = promisify(execFile)
const liveUrl = (url: string) => `${url.replace('http', 'ws')}/api/v1/live`
const LINES = 5_000

describe.skipIf(!IS_THERE)('beside a real server', () => {
  const beside = new Serving()
  let token = ''
  let url = ''
  let rest: Rest
  let live: Live

  beforeAll(async () => {
    ;({ url, token, rest } = await beside.start())
  }, 2 * PATIENCE)

  function connect(transports: readonly Transport[]): Live {
    return new Live({ url: liveUrl(url), getToken: () => Promise.resolve(token), transports })
  }

  afterEach(() => live?.close())

  afterAll(() => beside.stop(), PATIENCE)

  /** A run of our own, which reports what we say. */
  async function open(name: string) {
    const { run, fence, token: own } = await rest.openRun({ body: { name } })
    const reporter = createRest({ baseUrl: url, getToken: () => Promise.resolve(own) })
    let batch = 0
    return {
      id: run.id,
      report: (...events: Record<string, unknown>[]) =>
        again(++batch, (batch_no) => reporter.recordEvents({ path: { run: run.id }, body: { fence, batch_no, events: stamped(events) } })),
      end: (outcome: 'succeeded' | 'failed') =>
        again(0, () => reporter.endRun({ path: { run: run.id }, body: { fence, outcome, result: { rows: LINES } } })),
    }
  }

  /** The same batch again until the server takes it: it knows one that it has already. */
  function again<T>(batch: number, send: (batch: number) => Promise<T>): Promise<T> {
    return vi.waitFor(() => send(batch), { timeout: PATIENCE, interval: 50 })
  }
  const stamped = (events: Record<string, unknown>[]) => events.map((event) => ({ at: new Date().toISOString(), ...event })) as never

  it.each(TRANSPORTS)(
    `loses, doubles and reorders none of ${LINES} lines when the server is killed with -9 on the way (%s)`,
    { timeout: 3 * PATIENCE },
    async (transport) => {
      live = connect([transport])
      const run = await open('flowing')
      const diary = new Diary()
      const phases: string[] = []
      live.onStatus(({ phase }) => phases.push(phase))
      live.run(run.id, diary)
      for (let first = 1; first <= LINES; first += 100) {
        const lines = Array.from({ length: 100 }, (_, at) => ({
          kind: 'log.written',
          level: 'info',
          text: `line ${first + at} of ${LINES} 字`,
        }))
        await run.report(...lines, { kind: 'progress.reported', done: first + 99, total: LINES })
        if (first === 2_001) {
          await vi.waitFor(() => expect(diary.line).toBeGreaterThan(first - 1_000), { timeout: PATIENCE })
          process.kill(await serverPid(beside.pid), 'SIGKILL')
        }
      }
      await run.end('succeeded')
      await vi.waitFor(() => expect(diary.ends).toHaveLength(1), { timeout: PATIENCE, interval: 50 })
      expect(phases).toContain('waiting')
      expect(diary.ends[0]).toMatchObject({ state: 'succeeded', isComplete: true, result: { rows: LINES } })
      expect(diary.lines.filter(({ kind }) => kind === 'log.written').map(({ text }) => text)).toEqual(
        Array.from({ length: LINES }, (_, at) => `line ${at + 1} of ${LINES} 字`),
      )
      expect(diary.view.progress?.done).toBe(LINES)
      expect(diary.gaps).toEqual([])
      const events: JournalEvent[] = []
      let cursor: string | null = null
      do {
        const page = await rest.listEvents({ path: { run: run.id }, query: { limit: 1_000, ...(cursor && { cursor }) } })
        events.push(...(page.items as unknown as JournalEvent[]))
        cursor = page.next_cursor
      } while (cursor)
      expect(foldAll(events), 'the view is the fold of the journal').toEqual(diary.view)
    },
  )

  it.each(TRANSPORTS)('keeps the rows of a list current, and names what is new (%s)', { timeout: 2 * PATIENCE }, async (transport) => {
    live = connect([transport])
    const rows = new Map<string, Row>()
    const added: string[] = []
    let states = {}
    const list = live.list('default', {
      onRow: (run, row) => rows.set(run, row),
      onChanged: (change) => {
        added.push(...change.new)
        states = change.states
      },
    })
    const first = await open('in view')
    // By polls nobody counts.
    if (transport === 'poll') await vi.waitFor(() => expect(live.status.phase).toBe('open'), { timeout: PATIENCE })
    else await vi.waitFor(() => expect(states).toMatchObject({ running: 1 }), { timeout: PATIENCE })
    list.see([first.id, '019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12'])
    await vi.waitFor(() => expect(rows.get(first.id)?.name).toBe('in view'), { timeout: PATIENCE })
    await first.report({ kind: 'progress.reported', done: 3, total: 4 })
    await vi.waitFor(() => expect(rows.get(first.id)?.progress).toMatchObject({ done: 3, total: 4 }), { timeout: PATIENCE })
    const second = await open('new')
    await vi.waitFor(() => expect(added).toContain(second.id), { timeout: PATIENCE })
    await first.end('failed')
    await vi.waitFor(() => expect(rows.get(first.id)?.state).toBe('failed'), { timeout: PATIENCE })
    await second.end('succeeded')
    list.close()
  })

  it.each(TRANSPORTS)('carries out a command, and says why not (%s)', { timeout: PATIENCE }, async (transport) => {
    live = connect([transport])
    const run = await open('to be cancelled')
    const subscription = live.run(run.id, new Diary())
    const missing = live.run('019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12', new Diary())
    expect(await subscription.command('cancel', { reason: 'enough' })).toMatchObject({ state: 'cancelling' })
    await expect(missing.command('cancel')).rejects.toMatchObject({ code: 'run_not_found' })
    await run.end('failed')
    await expect(subscription.command('cancel')).rejects.toMatchObject({ code: 'run_final' })
  })

  it.each(['sse', 'poll'] as const)('refuses what may not be followed (%s)', { timeout: PATIENCE }, async (transport) => {
    live = connect([transport])
    const run = await open('good')
    const [good, odd, gone] = [new Diary(), new Diary(), new Diary()]
    live.run(run.id, good)
    live.run('odd', odd)
    live.run('019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12', gone)
    await vi.waitFor(() => expect(good.line).toBe(1), { timeout: PATIENCE })
    await vi.waitFor(() => expect([odd.closed[0]?.code, gone.closed[0]?.code]).toEqual(['invalid_channel', 'run_not_found']))
    const stranger = new Live({
      url: liveUrl(url),
      getToken: () => Promise.resolve('nobody'),
      transports: [transport],
    })
    stranger.run(run.id, new Diary())
    await vi.waitFor(() => expect(stranger.status).toMatchObject({ phase: 'stopped', problem: { code: 4501 } }), { timeout: PATIENCE })
    stranger.close()
    await run.end('succeeded')
    await vi.waitFor(() => expect(good.ends).toHaveLength(1), { timeout: PATIENCE })
  })

  it(
    'follows a run in plain Node, as it is built: by a WebSocket where there is one, by a stream where there is none',
    async () => {
      const dist = join(beside.home, 'dist')
      await execute(process.execPath, [join(ROOT, 'packages/client/scripts/build.mjs'), dist])
      const isOld = process.versions.node.startsWith('20.')
      const flags = { websocket: isOld ? ['--experimental-websocket'] : [], sse: isOld ? [] : ['--no-experimental-websocket'] }
      for (const [transport, given] of Object.entries(flags)) {
        const opened = await open('followed in Node')
        await opened.report({ kind: 'log.written', level: 'info', text: 'one' })
        const viewer = execute(process.execPath, [
          ...given,
          join(ROOT, 'packages/client/test/node_viewer.mjs'),
          dist,
          liveUrl(url),
          token,
          opened.id,
        ])
        await opened.report({ kind: 'log.written', level: 'info', text: 'two' })
        await opened.end('succeeded')
        expect(JSON.parse((await viewer).stdout)).toMatchObject({ transport, ends: 1, state: 'succeeded', isComplete: true })
      }
    },
    PATIENCE,
  )

  it('says what is wrong in the words of the server', async () => {
    await expect(rest.showRun({ path: { run: '019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12' } })).rejects.toMatchObject({
      name: 'Problem',
      code: 'run_not_found',
      status: 404,
    })
    await expect(createRest({ baseUrl: url }).listRuns()).rejects.toMatchObject({ status: 401 })
  })
})

async function serverPid(launcher: number): Promise<number> {
  const children = readFileSync(`/proc/${launcher}/task/${launcher}/children`, 'utf8').trim().split(' ')
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server_process'))
  if (!found) throw new Error('There is no server process.')
  return Number(found)
}
