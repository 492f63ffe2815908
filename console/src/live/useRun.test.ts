import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { reconnect, useLive, useNow, useStatus } from './connection'
import { session } from './session'
import { expectRun, useRun } from './useRun'
import { expectRuns, useRunList } from './useRunList'

/** No server is there: what is tested is who shares what, and what is let go. */
describe('composables', () => {
  it('of one run share one model, which goes with the last of them', async () => {
    const subscribe = vi.spyOn(useLive(), 'run')
    const [first, second] = [effectScope(), effectScope()]
    const one = first.run(() => useRun('a'))
    const other = second.run(() => useRun('a'))
    expect(subscribe).toHaveBeenCalledTimes(1)
    expect(one?.log.value).toBe(other?.log.value)
    first.stop()
    const log = other?.log.value
    second.run(() => useRun('a'))
    expect(subscribe).toHaveBeenCalledTimes(1)
    second.stop()
    const third = effectScope()
    const fresh = third.run(() => useRun('a'))
    expect(fresh?.log.value).not.toBe(log)
    expect(subscribe).toHaveBeenCalledTimes(2)
    third.stop()
    subscribe.mockRestore()
  })

  it('follow the run they are given', async () => {
    const run = ref('a')
    const scope = effectScope()
    const used = scope.run(() => useRun(run))
    const log = used?.log.value
    used?.onPoints(() => undefined)
    used?.onEntries(() => undefined)
    run.value = 'b'
    expect(used?.log.value).not.toBe(log)
    expect(used?.view.value).toEqual({})
    expect([used?.isLive.value, used?.finished.value, used?.steps.value]).toEqual([false, null, []])
    scope.stop()
  })

  it('of a list make another one for other filters', async () => {
    const lists = vi.spyOn(useLive(), 'list')
    const query = ref<{ q?: string }>({})
    const scope = effectScope()
    const used = scope.run(() => useRunList(query))
    expect([used?.rows.value, used?.fresh.value, used?.hasMore.value]).toEqual([[], 0, false])
    query.value = { q: 'x' }
    await nextTick()
    expect(lists).toHaveBeenCalledTimes(2)
    scope.stop()
    lists.mockRestore()
  })

  it('take what was asked for before the page was drawn, and nobody keeps what no page comes for', () => {
    vi.useFakeTimers()
    const [runs, lists] = [vi.spyOn(useLive(), 'run'), vi.spyOn(useLive(), 'list')]
    const scope = effectScope()
    expectRun('a')
    expectRuns({ q: 'x' })
    scope.run(() => [useRun('a'), useRunList({ q: 'x' })])
    expect([runs.mock.calls.length, lists.mock.calls.length]).toEqual([1, 1])
    const [run, list] = [runs, lists].map((spy) => vi.spyOn(spy.mock.results[0]?.value as { close: () => void }, 'close'))
    vi.advanceTimersByTime(6_000)
    expect([run?.mock.calls.length, list?.mock.calls.length]).toEqual([0, 0])
    scope.stop()
    expect([run?.mock.calls.length, list?.mock.calls.length]).toEqual([1, 1])

    expectRun('b')
    expectRuns({ q: 'y' })
    const ends = [runs, lists].map((spy) => vi.spyOn(spy.mock.results[1]?.value as { close: () => void }, 'close'))
    vi.advanceTimersByTime(6_000)
    expect(ends.map((end) => end.mock.calls.length)).toEqual([1, 1])
    for (const spy of [runs, lists]) spy.mockRestore()
    vi.useRealTimers()
  })

  it('say how the connection is, and try again when a person wants it', async () => {
    const scope = effectScope()
    const status = scope.run(() => useStatus())
    reconnect()
    expect(status?.value.phase).toBe('connecting')
    scope.stop()
  })

  it('of time share one timer, and stop it with the last', async () => {
    const set = vi.spyOn(globalThis, 'setInterval')
    const clear = vi.spyOn(globalThis, 'clearInterval')
    const scopes = [effectScope(), effectScope()]
    const [one, other] = scopes.map((scope) => scope.run(() => useNow(20)))
    expect(set).toHaveBeenCalledTimes(1)
    const before = one?.value ?? 0
    await vi.waitFor(() => expect(one?.value).toBeGreaterThan(before))
    expect(other?.value).toBe(one?.value)
    clear.mockClear()
    scopes.forEach((scope) => scope.stop())
    expect(clear).toHaveBeenCalled()
    set.mockRestore()
    clear.mockRestore()
  })

  it('begin with nobody signed in', () => {
    expect(session.isSignedIn.value).toBe(false)
  })
})
