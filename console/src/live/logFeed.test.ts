import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { countLines, followLines, type LogQuery, readLines, type RunLine } from './logFeed'
import { LogServer } from './testing/logServer'

let server: LogServer
let stop: AbortController
beforeEach(() => {
  server = new LogServer()
  stop = new AbortController()
})
afterEach(() => {
  stop.abort()
  vi.unstubAllGlobals()
})

const texts = (lines: readonly RunLine[]) => lines.map(({ text }) => text)

function follow(query: LogQuery = {}) {
  const heard = { lines: [] as RunLine[], passedOver: 0, connected: [] as boolean[] }
  const ended = followLines(
    query,
    {
      lines: (lines) => heard.lines.push(...lines),
      gap: (count) => (heard.passedOver += count),
      connected: (is) => heard.connected.push(is),
    },
    stop.signal,
  )
  return { heard, ended }
}

describe('the feed of all logs', () => {
  it('reads page by page', async () => {
    for (let line = 1; line <= 450; line += 1) server.write(`line ${line}`)
    const first = await readLines({ order: 'newest' }, null, stop.signal)
    expect([first.lines.length, first.lines[0]?.text]).toEqual([200, 'line 450'])
    const second = await readLines({ order: 'newest' }, first.next, stop.signal)
    const third = await readLines({ order: 'newest' }, second.next, stop.signal)
    expect([third.lines.length, third.lines[49]?.text, third.next]).toEqual([50, 'line 1', null])
  })

  it('adds up what is counted piece by piece', async () => {
    for (const level of ['info', 'error', 'info'] as const) server.write('x', { level })
    const counts = []
    for await (const count of countLines({}, stop.signal)) counts.push(count)
    expect(counts).toEqual([
      { levels: { info: 1 }, isComplete: false },
      { levels: { info: 1, error: 1 }, isComplete: false },
      { levels: { info: 2, error: 1 }, isComplete: true },
    ])
  })

  it('tells each new line once, with what was asked for', async () => {
    const { heard } = follow({ q: '^sheet \\d+$', regex: true })
    await vi.waitFor(() => expect(server.followers).toBe(1))
    server.write('sheet 7')
    server.write('sheet seven')
    server.write('sheet 8')
    await vi.waitFor(() => expect(texts(heard.lines)).toEqual(['sheet 7', 'sheet 8']))
    server.say('gap', { run: 'r', from: 11, to: 20 })
    await vi.waitFor(() => expect(heard.passedOver).toBe(10))
  })

  it('comes back from where it was, without a line lost or doubled', async () => {
    const { heard } = follow()
    await vi.waitFor(() => expect(server.followers).toBe(1))
    server.write('one')
    await vi.waitFor(() => expect(heard.lines.length).toBe(1))
    server.cut()
    server.write('two')
    await vi.waitFor(() => expect(texts(heard.lines)).toEqual(['one', 'two']), { timeout: 3_000 })
    expect(heard.connected).toEqual([true, false, true])
    expect(server.asked.at(-1)?.position).toBe('at-1')
  })

  it('goes on trying while the server is away, and gives up on what waiting does not cure', async () => {
    const refusals = [503, 422]
    server.first = () => Response.json({ code: 'x', detail: 'No.', title: 'No.' }, { status: refusals.shift() ?? 422 })
    await expect(follow().ended).rejects.toMatchObject({ status: 422 })
    expect(server.asked.length).toBe(2)
  })

  it('ends when it is told to, and lets the stream go', async () => {
    const { ended } = follow()
    await vi.waitFor(() => expect(server.followers).toBe(1))
    stop.abort()
    await ended
    await vi.waitFor(() => expect(server.followers).toBe(0))
  })
})
