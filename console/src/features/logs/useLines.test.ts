import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, ref } from 'vue'

import type { LogQuery, RunLine } from '@/live/logFeed'
import { LogServer } from '@/live/testing/logServer'

import { useLines } from './useLines'

let server: LogServer
let scope: EffectScope
beforeEach(() => {
  server = new LogServer()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

const texts = (lines: readonly RunLine[]) => lines.map(({ text }) => text)

function shown(query: LogQuery = {}, follows = true) {
  const asked = ref<LogQuery>(query)
  const isFollowing = ref(follows)
  const place = { isAtTop: true }
  const model = scope.run(() =>
    useLines({ query: () => asked.value, key: () => JSON.stringify(asked.value), isFollowing, isAtTop: () => place.isAtTop }),
  )
  if (!model) throw new Error('The scope has ended.')
  return { asked, isFollowing, place, model }
}

function write(from: number, to: number): void {
  for (let line = from; line <= to; line += 1) server.write(`line ${line}`)
}

describe('the lines of the logs page', () => {
  it('come page by page, until there are no more', async () => {
    write(1, 450)
    const { model } = shown({}, false)
    await vi.waitFor(() => expect(model.lines.value.length).toBe(200))
    expect([model.hasMore.value, model.lines.value[0]?.text]).toEqual([true, 'line 450'])
    await model.more()
    await model.more()
    expect([model.lines.value.length, model.hasMore.value, model.isLoading.value]).toEqual([450, false, false])
    expect(new Set(texts(model.lines.value)).size).toBe(450)
  })

  it('are looked for through pages that hold none, and after many a person is asked', async () => {
    write(1, 3)
    server.emptyPages = 60
    const { model } = shown({}, false)
    await vi.waitFor(() => expect(model.isPaused.value).toBe(true))
    expect([model.lines.value.length, model.hasMore.value]).toEqual([0, true])
    await model.more()
    expect(texts(model.lines.value)).toEqual(['line 3', 'line 2', 'line 1'])
  })

  it('that are new stand on top at once, or wait while somebody reads further down', async () => {
    write(1, 2)
    const { model, place } = shown()
    await vi.waitFor(() => expect([model.lines.value.length, server.followers, model.isConnected.value]).toEqual([2, 1, true]))
    write(3, 3)
    await vi.waitFor(() => expect(texts(model.lines.value)).toEqual(['line 3', 'line 2', 'line 1']))
    place.isAtTop = false
    write(4, 5)
    await vi.waitFor(() => expect(model.waiting.value).toBe(2))
    expect(model.lines.value.length).toBe(3)
    model.show()
    expect([texts(model.lines.value).slice(0, 3), model.waiting.value]).toEqual([['line 5', 'line 4', 'line 3'], 0])
  })

  it('stand there once, where the page and the stream overlap', async () => {
    write(1, 2)
    const { model } = shown()
    await vi.waitFor(() => expect([model.lines.value.length, server.followers]).toEqual([2, 1]))
    server.say('lines', { items: [model.lines.value[0]] })
    write(3, 3)
    await vi.waitFor(() => expect(texts(model.lines.value)).toEqual(['line 3', 'line 2', 'line 1']))
  })

  it('are read anew with other filters, and those of before do not come any more', async () => {
    write(1, 3)
    const { asked, model } = shown({ q: 'line' })
    await vi.waitFor(() => expect(server.followers).toBe(1))
    asked.value = { q: 'line 2' }
    await nextTick()
    await vi.waitFor(() => expect(texts(model.lines.value)).toEqual(['line 2']))
    await vi.waitFor(() => expect(server.followers).toBe(1))
    server.write('line 9')
    server.write('line 22')
    await vi.waitFor(() => expect(texts(model.lines.value)).toEqual(['line 22', 'line 2']))
  })

  it('are followed only while that is wanted', async () => {
    const { isFollowing } = shown({}, false)
    expect(server.followers).toBe(0)
    isFollowing.value = true
    await vi.waitFor(() => expect(server.followers).toBe(1))
    isFollowing.value = false
    await vi.waitFor(() => expect(server.followers).toBe(0))
    isFollowing.value = true
    await vi.waitFor(() => expect(server.followers).toBe(1))
    scope.stop()
    await vi.waitFor(() => expect(server.followers).toBe(0))
  })

  it('are counted by level, and what is wrong is told', async () => {
    for (const level of ['info', 'error'] as const) server.write('x', { level })
    const { asked, model } = shown({}, false)
    await vi.waitFor(() => expect(model.counted.value).toEqual({ levels: { info: 1, error: 1 }, isComplete: true }))
    server.first = () => Response.json({ code: 'invalid_pattern', detail: 'Bad.', title: 'Bad.' }, { status: 422 })
    asked.value = { q: '(', regex: true }
    await nextTick()
    await vi.waitFor(() => expect(model.problem.value?.message).toContain('Bad.'))
    expect([model.lines.value.length, model.isLoading.value]).toEqual([0, false])
    server.first = null
    asked.value = {}
    await vi.waitFor(() => expect(model.lines.value.length).toBe(2))
    expect(model.problem.value).toBeNull()
  })
})
