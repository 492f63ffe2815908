import type { Json } from '@headway/client'
import { describe, expect, it } from 'vitest'

import type { Schema } from './schema'
import { hidden, isSecret, MASK, masked, maskedSchema, revealed, withoutSecrets } from './secrets'

const word: Schema = { type: 'string', format: 'password' }
const login: Schema = { type: 'object', properties: { user: { type: 'string' }, word } }
const root: Schema = {
  type: 'object',
  $defs: { Login: login },
  properties: {
    login: { $ref: '#/$defs/Login' },
    all: { type: 'array', items: login },
    by: { type: 'object', additionalProperties: { $ref: '#/$defs/Login' } },
  },
}
const value = { login: { user: 'a', word: 's' }, all: [{ user: 'b', word: 's' }], by: { x: { word: 's' } }, other: 1 }

describe('secrets', () => {
  it.each<[string, Schema, string | number | object]>([
    ['a password', word, 's'],
    ['what is only written', { type: 'integer', writeOnly: true }, 5],
    ['an object that is only written', { type: 'object', writeOnly: true }, { a: 1 }],
    ['text with the control of one', { type: 'string', 'x-control': 'secret' }, 's'],
    ['one that may be none', { anyOf: [word, { type: 'null' }] }, 's'],
    ['one among other types', { oneOf: [{ type: 'integer' }, word] }, 's'],
    ['a part of the schema', { allOf: [{ type: 'string' }, { writeOnly: true }] }, 's'],
    ['a reference', { $ref: '#/$defs/Login/properties/word' }, 's'],
    ['what fits no member, one of which is secret', { anyOf: [word, { type: 'integer' }] }, { odd: true }],
  ])('are known: %s', (_, schema, secret) => {
    expect(isSecret(schema, root)).toBe(true)
    expect(masked(secret as never, schema, root)).toBe(MASK)
  })

  it('are not numbers beside them, and not what is empty', () => {
    const either: Schema = { anyOf: [word, { type: 'integer' }] }
    expect([5, '', null].map((one) => masked(one, either, root))).toEqual([5, '', null])
    expect(masked({ a: 'x' }, { patternProperties: { '^s_': word } }, root)).toEqual({ a: 'x' })
    expect(masked({ s_a: 'x' }, { patternProperties: { '^s_': word } }, root)).toEqual({ s_a: MASK })
  })

  it('are of the variant that the constant names', () => {
    const variant = (kind: string, what: Schema): Schema => ({ type: 'object', properties: { kind: { const: kind }, what } })
    const either: Schema = { oneOf: [variant('open', { type: 'string' }), variant('shut', word)] }
    expect(masked({ kind: 'open', what: 'x' }, either, root)).toEqual({ kind: 'open', what: 'x' })
    expect(masked({ kind: 'shut', what: 'x' }, either, root)).toEqual({ kind: 'shut', what: MASK })
  })

  it('are lost before values are kept, at any depth', () => {
    expect(withoutSecrets(value, root, root)).toEqual({ login: { user: 'a' }, all: [{ user: 'b' }], by: { x: {} }, other: 1 })
  })

  it('come back behind their marks, also when these were moved', () => {
    const twice = { all: [{ word: 'one' }, { word: 'two' }] }
    const { shown, behind } = hidden(twice, root, root)
    expect(JSON.stringify(shown)).not.toMatch(/one|two/)
    expect(revealed(shown, behind)).toEqual(twice)
    const last = (shown as typeof twice).all.slice(1)
    expect(revealed({ all: last }, behind)).toEqual({ all: [{ word: 'two' }] })
  })

  it('have no samples in a schema that is shown, wherever these stand', () => {
    const shown = maskedSchema({
      type: 'object',
      default: { word: 'hush', n: 1 },
      properties: {
        word: { ...word, default: 'hush', examples: ['hush'], enum: ['hush'] },
        default: { type: 'string', default: 'open' },
        login: { ...login, default: { user: 'ada', word: 'hush' } },
        n: { type: 'integer', default: 3 },
      },
    })
    expect(JSON.stringify(shown)).not.toContain('hush')
    expect(shown.default).toEqual({ word: MASK, n: 1 })
    expect(shown.properties).toMatchObject({ default: { default: 'open' }, login: { default: { user: 'ada' } }, n: { default: 3 } })
  })

  it('are not shown where nobody looks any more', () => {
    const chain: Schema = { type: 'object', properties: { word, inner: { $ref: '#' } } }
    let deep: Json = { word: 'hush' }
    for (let level = 0; level < 300; level++) deep = { inner: deep }
    expect(JSON.stringify(masked(deep, chain, chain))).not.toContain('hush')
  })

  it('are looked for without end in no schema that refers to itself', () => {
    const loop: Schema = { $defs: { A: { anyOf: [{ $ref: '#/$defs/A' }, { properties: { a: { $ref: '#/$defs/A' }, word } }] } } }
    expect(masked({ a: { a: { word: 's' } } }, { $ref: '#/$defs/A' }, loop)).toEqual({ a: { a: { word: MASK } } })
  })
})
