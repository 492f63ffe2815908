import { describe, expect, it } from 'vitest'

import { changesBetween, isSame } from './changes'
import { commandFor } from './commands'
import { dropDraft, keepDraft, readDraft } from './drafts'
import { readJson } from './jsonText'
import { controlId, dotted, fromPointer, nearest, readPlace, toPointer } from './pointers'
import { emptySettings, faultsOf, Keys, toWish } from './wish'

describe('JSON that is none', () => {
  it.each([
    ['', 'empty', 1, 1],
    ['{"a": 1,}', 'trailing_comma', 1, 8],
    ['{\n  "a": 1\n  "b": 2\n}', 'comma_or_end', 3, 3],
    ['{a: 1}', 'key', 1, 2],
    ['{"a" 1}', 'colon', 1, 6],
    ['[1, nul]', 'value', 1, 5],
    ['[01]', 'number', 1, 2],
    ['["a\nb"]', 'string_end', 1, 2],
    ['["\\q"]', 'escape', 1, 3],
    ['["\u0001"]', 'string_control', 1, 3],
    ['{} x', 'more', 1, 4],
    ['[1', 'comma_or_end', 1, 3],
  ])('%j: %s at %i:%i', (text, fault, line, column) => {
    expect(readJson(text)).toEqual({ fault, line, column })
  })

  it('agrees with the engine on everything that is', () => {
    for (const text of ['1', ' [1e5, -0.5, "\\u4e2d", true, null] ', '{"a":{"b":[]}}']) {
      expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown })
    }
  })
})

describe('places', () => {
  it('are read from pointers and from dotted names', () => {
    expect(readPlace('/a~1b/3/c~0d')).toEqual(['a/b', '3', 'c~d'])
    expect(readPlace('class.pupils[3].name')).toEqual(['class', 'pupils', '3', 'name'])
    expect(fromPointer(toPointer(['a/b', 3, '~']))).toEqual(['a/b', '3', '~'])
    expect(dotted('/a/0/b')).toBe('a.0.b')
  })

  it('inside a value shown as a whole lead to its control', () => {
    const controls = new Set(['a', 'b.c'])
    expect(nearest('/a/3/x', (path) => controls.has(path))).toBe('a')
    expect(nearest('/b/d', (path) => controls.has(path))).toBeNull()
  })

  it('have ids that HTML can refer to', () => {
    expect(controlId('a b."<x>')).toMatch(/^parameter-[\w.-]+$/)
    expect(controlId('a b')).not.toBe(controlId('a_b'))
  })
})

describe('changes', () => {
  it('are told place by place', () => {
    expect(changesBetween({ a: 1, b: { c: [1, 2] }, d: 1 }, { a: 1, b: { c: [1, 3] }, e: 2 })).toEqual([
      { pointer: '/b/c/1', before: 2, after: 3 },
      { pointer: '/d', before: 1, after: undefined },
      { pointer: '/e', before: undefined, after: 2 },
    ])
    expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
  })
})

describe('commands', () => {
  const wish = { parameters: { text: `it's "$HOME"`, at: '@x', n: 5 }, tags: ['a b'], idempotency_key: 'k' }

  it('quote what a shell would read', () => {
    expect(commandFor('cli', 'grade', wish, 'http://h')).toBe(
      `headway run grade -p 'text=it'\\''s "$HOME"' -p at=@@x -p n=5 --tag 'a b' --idempotency-key k`,
    )
    const curl = commandFor('curl', 'a b', wish, 'http://h')
    expect(curl).toContain('http://h/api/v1/tasks/a%20b/runs')
    expect(curl).toContain('$HEADWAY_TOKEN')
    expect(curl).toContain(`it'\\''s`)
  })

  it('write Python as Python', () => {
    const python = commandFor('python', 'grade', { parameters: { a: null, b: [true], c: '"' } }, 'http://h')
    expect(python).toContain(`client.start("grade", {"a": None, "b": [True], "c": "\\""})`)
  })
})

describe('a wish', () => {
  const now = Date.UTC(2026, 10, 22)

  it('carries only what was set', () => {
    expect(toWish({ a: 1 }, emptySettings())).toEqual({ parameters: { a: 1 } })
    const full = { ...emptySettings(), name: ' n ', tags: ['t'], priority: 0, queue: 'gpu', project: 'p', idempotencyKey: 'k' }
    expect(toWish({}, full)).toEqual({
      parameters: {},
      name: 'n',
      tags: ['t'],
      priority: 0,
      queue: 'gpu',
      project: 'p',
      idempotency_key: 'k',
    })
  })

  it('is held against the limits of the server', () => {
    const bad = {
      ...emptySettings(),
      name: 'x'.repeat(10_000),
      tags: Array.from({ length: 64 }, String),
      priority: 11,
      queue: 'a b',
      runAfter: '2020-01-01T00:00',
    }
    expect(faultsOf(bad, now).map(({ setting, fault }) => `${setting} ${fault}`)).toEqual([
      'name too_long',
      'tags too_many',
      'queue slug',
      'priority range',
      'runAfter in_the_past',
    ])
    expect(faultsOf({ ...emptySettings(), name: '😀'.repeat(200) }, now)).toEqual([])
  })

  it('keeps its key until it has succeeded or is another', () => {
    const keys = new Keys()
    const first = keys.keyFor('t', { parameters: { a: 1, b: 2 } })
    expect(keys.keyFor('t', { parameters: { b: 2, a: 1 } })).toBe(first)
    expect(keys.keyFor('t', { parameters: { a: 2 } })).not.toBe(first)
    const second = keys.keyFor('t', { parameters: {} })
    keys.forget()
    expect(keys.keyFor('t', { parameters: {} })).not.toBe(second)
    expect(keys.keyFor('t', { parameters: {}, idempotency_key: 'mine' })).toBe('mine')
  })
})

describe('a draft', () => {
  it('comes back after a reload, without its secrets', () => {
    const schema = { type: 'object', properties: { word: { type: 'string', format: 'password' } } }
    const draft = { parameters: { word: 's', n: 1 }, settings: { ...emptySettings(), name: 'x' } }
    expect(keepDraft(sessionStorage, 't', draft, schema)).toBe(true)
    expect(readDraft(sessionStorage, 't')).toEqual({ ...draft, parameters: { n: 1 } })
    dropDraft(sessionStorage, 't')
    expect(readDraft(sessionStorage, 't')).toBeNull()
  })

  it('that is too large is not kept, and nothing older comes in its place', () => {
    keepDraft(sessionStorage, 't', { parameters: { n: 1 }, settings: emptySettings() }, {})
    expect(keepDraft(sessionStorage, 't', { parameters: { n: 'x'.repeat(400_000) }, settings: emptySettings() }, {})).toBe(false)
    expect(readDraft(sessionStorage, 't')).toBeNull()
    sessionStorage.setItem('headway.draft.t', '{broken')
    expect(readDraft(sessionStorage, 't')).toBeNull()
  })
})
