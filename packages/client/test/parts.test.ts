import { crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'

import { ServerClock } from '../src/clock'
import { newKey } from '../src/commands'
import { crc32 } from '../src/crc32'
import { readKept, writeKept } from '../src/cursors'
import { newestAt } from '../src/lag'
import { applyPatch, foldPatches } from '../src/patches'
import { abandon, openWebSocket } from '../src/socket'
import { surroundingsOf } from '../src/surroundings'
import { FakeSocket } from '../src/testing'
import type { Position } from '../src/types'
import type { ServerMessage } from '../src/wire'

describe('crc32', () => {
  const texts = ['', 'one\n', 'naïve', '字字字', '🙂🙂', '\u0000\u007f\u0080\u07ff\u0800\uffff', 'x'.repeat(10_000)]
  it('is that of zlib over UTF-8', () => {
    for (const text of texts) expect(crc32(text)).toBe(zlibCrc32(Buffer.from(text)))
    expect(crc32(texts[3] as string, crc32(texts[2] as string))).toBe(zlibCrc32(Buffer.from((texts[2] as string) + texts[3])))
  })
  it('takes a half surrogate as a question mark, as Python does', () => {
    expect(crc32('a\ud800b')).toBe(zlibCrc32(Buffer.from('a?b')))
    expect(crc32('\udc00')).toBe(zlibCrc32(Buffer.from('?')))
  })
})

describe('merge patches', () => {
  it('are those of RFC 7396, appendix A', () => {
    expect(applyPatch({ a: 'b' }, { a: 'c' })).toEqual({ a: 'c' })
    expect(applyPatch({ a: 'b' }, { b: 'c' })).toEqual({ a: 'b', b: 'c' })
    expect(applyPatch({ a: 'b', b: 'c' }, { a: null })).toEqual({ b: 'c' })
    expect(applyPatch({ a: ['b'] }, { a: 'c' })).toEqual({ a: 'c' })
    expect(applyPatch({ a: { b: 'c' } }, { a: { b: 'd', c: null } })).toEqual({ a: { b: 'd' } })
    expect(applyPatch({ a: [{ b: 'c' }] }, { a: [1] })).toEqual({ a: [1] })
    expect(applyPatch({}, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } })
  })
  it('fold into one that keeps what is removed', () => {
    expect(foldPatches({ a: { b: 1 }, c: 1 }, { a: { b: null, d: 2 }, c: null })).toEqual({ a: { b: null, d: 2 }, c: null })
  })
  it('do not reach what all objects share', () => {
    const patch = JSON.parse('{"__proto__": {"hacked": true}, "constructor": {"x": 1}}') as object
    const patched = applyPatch({}, patch) as Record<string, unknown>
    expect(Object.keys(patched)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['hacked']).toBeUndefined()
    expect(applyPatch(patched, patch)).toEqual(patched)
  })
})

describe('the clock of the server', () => {
  const at = (ms: number) => new Date(ms).toISOString()
  it('is taken from what came the quickest way', () => {
    const clock = new ServerClock()
    expect(clock.read(5)).toBe(5)
    clock.hear(at(1_000_000), 400, 200) // 200 ms there and back: it was 1,000,000 at 300
    expect(clock.read(300)).toBe(1_000_000)
    clock.hear(at(1_000_900), 1_240) // 40 ms late
    expect(clock.read(300)).toBe(1_000_000)
    clock.hear(at(1_002_000), 2_290) // 10 ms earlier than was thought possible
    expect(clock.read(290)).toBe(1_000_000)
  })
  it('follows when one of the clocks is set, and knows nonsense', () => {
    const clock = new ServerClock()
    clock.hear(at(100_000), 0)
    clock.hear(at(100_000), 60_000)
    expect(clock.read(60_000)).toBe(100_000)
    clock.hear('soon', 0)
    expect(clock.read(60_000)).toBe(100_000)
  })
})

describe('what is kept over a reload', () => {
  it('is read again as it was written', () => {
    let text: string | null = null
    const store = { read: () => text, write: (cursor: string) => (text = cursor) }
    writeKept(store, { positions: new Map([['run:a', ['e', 1, 2]]]), finished: new Set(['run:b']) })
    expect(readKept(store)).toEqual({ positions: new Map([['run:a', ['e', 1, 2]]]), finished: new Set(['run:b']) })
  })
  it('is nothing where it cannot be read', () => {
    for (const text of [
      null,
      '',
      '{',
      '7',
      'null',
      '{"positions":{"a":["e",-1.5,2],"b":7},"finished":[7]}',
      '{"positions":7,"finished":7}',
    ])
      expect(readKept({ read: () => text, write: () => undefined }), String(text)).toEqual({ positions: new Map(), finished: new Set() })
    const forbidden = { read: () => { throw new Error('storage is forbidden') }, write: () => undefined } // prettier-ignore
    expect(readKept(forbidden).positions.size).toBe(0)
  })
  it('is bounded: the newest 50', () => {
    const positions = new Map<string, Position>(Array.from({ length: 80 }, (_, at) => [`run:${at}`, ['e', at, at]]))
    writeKept({ read: () => null, write: () => undefined }, { positions, finished: new Set() })
    expect([...positions.keys()][0]).toBe('run:30')
    expect(positions.size).toBe(50)
  })
})

describe('the newest event of a message', () => {
  const at = '2026-11-22T09:00:00.000Z'
  const ms = Date.parse(at)
  const told = (message: object) => newestAt({ at: 'T', channel: 'c', ...message } as unknown as ServerMessage)
  it('is known where there is one', () => {
    expect(told({ type: 'entries', entries: [{ at: 'x' }, { at }] })).toBe(ms)
    expect(told({ type: 'points', points: [{ at }] })).toBe(ms)
    expect(told({ type: 'patch', view: { progress: { at }, last_line: { at: '2020-01-01T00:00:00Z' } } })).toBe(ms)
    expect(told({ type: 'row', patch: { last_line: { at } } })).toBe(ms)
  })
  it('is none where there is none', () => {
    expect(told({ type: 'row', whole: true, patch: { last_line: { at } } })).toBeNull()
    expect(told({ type: 'patch', view: { state: 'lost' } })).toBeNull()
    expect(told({ type: 'entries', entries: [{ at: 'when' }] })).toBeNull()
    expect(told({ type: 'heartbeat' })).toBeNull()
  })
})

describe('a key of a command', () => {
  it('is a UUID, also where the page is not a secure context', () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(newKey(Math.random)).toMatch(uuid)
    vi.stubGlobal('crypto', undefined)
    const keys = Array.from({ length: 100 }, () => newKey(Math.random))
    vi.unstubAllGlobals()
    for (const key of keys) expect(key).toMatch(uuid)
    expect(new Set(keys).size).toBe(100)
  })
})

describe('the place it runs in', () => {
  it('may have no window', async () => {
    const here = surroundingsOf({})
    expect([here.isOnline(), here.isVisible()]).toEqual([true, true])
    here.onChange(() => undefined)()
    await new Promise<void>((resolve) => here.onFrame(resolve))
    await new Promise<void>((resolve) => here.setTimeout(resolve, 1))
    here.clearTimeout(here.setTimeout(() => { throw new Error('was cleared') }, 0)) // prettier-ignore
    expect(here.random()).toBeLessThan(1)
    expect(Math.abs(here.now() - Date.now())).toBeLessThan(1_000)
  })

  it('may be a page: hidden, offline, and with frames', async () => {
    const listeners = new Map<string, unknown>()
    const add = (name: string, listener: unknown) => void listeners.set(name, listener)
    const remove = (name: string) => void listeners.delete(name)
    const document = { visibilityState: 'visible', addEventListener: add, removeEventListener: remove }
    const frames: (() => void)[] = []
    const errors: unknown[] = []
    const page = {
      document, addEventListener: add, removeEventListener: remove, navigator: { onLine: false },
      requestAnimationFrame: (callback: () => void) => frames.push(callback), reportError: (error: unknown) => errors.push(error),
    } // prettier-ignore
    const here = surroundingsOf(page as never)
    expect(here.isOnline()).toBe(false)
    const stop = here.onChange(() => undefined)
    expect([...listeners.keys()]).toEqual(expect.arrayContaining(['online', 'offline', 'visibilitychange', 'pagehide']))
    stop()
    expect(listeners.size).toBe(0)
    const drawn = vi.fn()
    here.onFrame(drawn)
    frames[0]?.()
    expect(drawn).toHaveBeenCalledOnce()
    const late = vi.fn()
    here.onFrame(late) // the frame never comes: the window is covered by others
    await vi.waitFor(() => expect(late).toHaveBeenCalledOnce())
    frames[1]?.()
    document.visibilityState = 'hidden'
    const unseen = vi.fn()
    here.onFrame(unseen)
    await vi.waitFor(() => expect(unseen).toHaveBeenCalledOnce())
    expect([late.mock.calls.length, drawn.mock.calls.length, frames.length]).toEqual([1, 1, 2])
    here.reportError('of a listener')
    expect(errors).toEqual(['of a listener'])
  })
})

describe('a socket', () => {
  it('that is abandoned is closed, and says nothing more', () => {
    const socket = new FakeSocket('wss://h/', [])
    socket.onmessage = () => { throw new Error('heard') } // prettier-ignore
    abandon(socket)
    socket.onerror?.()
    expect([socket.closedBy, socket.onmessage, socket.onclose]).toEqual(['viewer', null, null])
    abandon({ ...socket, close: () => { throw new Error('closed already') } } as never) // prettier-ignore
  })
  it('is the WebSocket of the platform', () => {
    const made: unknown[] = []
    const platform = function (...given: unknown[]) {
      made.push(given)
    }
    vi.stubGlobal('WebSocket', platform)
    openWebSocket('wss://h/', ['p'])
    vi.unstubAllGlobals()
    expect(made).toEqual([['wss://h/', ['p']]])
  })
})
