import { describe as group, expect, it } from 'vitest'

import { describe, formOf, type Kind } from './fields'
import type { Schema } from './schema'
import { defaultsOf, freshValue, fromAddress, variantOf } from './values'

const TREE: Schema = {
  type: 'object',
  properties: { root: { $ref: '#/$defs/Node' } },
  required: ['root'],
  $defs: {
    Node: {
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/Node' } } },
      required: ['name', 'children'],
    },
  },
}

const KINDS: [Kind, Schema][] = [
  ['text', { type: 'string' }],
  ['text', { type: 'string', format: 'uuid' }],
  ['text', { type: ['string', 'number'], format: 'decimal' }],
  ['multiline', { type: 'string', 'x-control': 'multiline' }],
  ['multiline', { type: 'string', default: 'two\nlines' }],
  ['secret', { type: 'string', format: 'password' }],
  ['secret', { type: 'string', writeOnly: true }],
  ['email', { type: 'string', format: 'email' }],
  ['url', { type: 'string', format: 'uri' }],
  ['integer', { type: 'integer', minimum: 1 }],
  ['slider', { type: 'integer', minimum: 1, maximum: 10 }],
  ['integer', { type: 'integer', minimum: 1, maximum: 10_000 }],
  ['slider', { type: 'number', minimum: 0, maximum: 1 }],
  ['number', { type: 'number', minimum: 0, maximum: 1e6 }],
  ['boolean', { type: 'boolean' }],
  ['radio', { type: 'string', enum: ['small', 'full'] }],
  ['radio', { enum: [1, 'one', null] }],
  ['select', { type: 'integer', enum: [1, 2, 3, 4, 5] }],
  ['radio', { anyOf: [{ const: 'a', title: 'First' }, { const: 'b' }] }],
  ['date', { type: 'string', format: 'date' }],
  ['date-time', { type: 'string', format: 'date-time' }],
  ['time', { type: 'string', format: 'time' }],
  ['duration', { type: ['number', 'string'], format: 'duration' }],
  ['file', { type: 'string', format: 'data-url' }],
  ['file', { type: 'string', contentEncoding: 'base64' }],
  ['list', { type: 'array', items: { type: 'string' } }],
  ['choices', { type: 'array', uniqueItems: true, items: { enum: ['a', 'b'] } }],
  ['tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false }],
  ['object', { type: 'object', properties: { a: { type: 'string' } } }],
  ['dict', { type: 'object', additionalProperties: { type: 'integer' } }],
  ['variants', { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
  ['json', {}],
  ['json', { type: 'array' }],
  ['json', { type: 'object' }],
  ['json', { $ref: '#/$defs/Nowhere' }],
]

group('a field', () => {
  it.each(KINDS)('is a %s for %j', (kind, schema) => {
    expect(describe(schema, {}).kind).toBe(kind)
  })

  it('with null beside one other form is that form, and may be empty', () => {
    const field = describe({ anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }], default: null, title: 'Limit' }, {})
    expect(field).toMatchObject({ kind: 'integer', isNullable: true, title: 'Limit' })
    expect(field.schema.minimum).toBe(3)
    expect(describe({ type: ['string', 'null'] }, {})).toMatchObject({ kind: 'text', isNullable: true })
  })

  it('follows references, keeps what stands beside them, and ends where they go in circles', () => {
    expect(describe({ $ref: '#/$defs/Node', description: 'here' }, TREE)).toMatchObject({ kind: 'object', description: 'here' })
    expect(describe({ allOf: [{ $ref: '#/$defs/Node' }], title: 'T' }, TREE)).toMatchObject({ kind: 'object', title: 'T' })
    const circle: Schema = { $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } }
    expect(describe({ $ref: '#/$defs/A' }, circle).kind).toBe('json')
  })
})

group('a form', () => {
  it('is shown for objects, also for those that contain themselves', () => {
    expect(formOf({ type: 'object', properties: {} })).toBeNull()
    expect(formOf(TREE)).toBeNull()
  })

  it('is not shown where its engine could not, with the reason', () => {
    expect(formOf({ type: 'array' })).toBe('not_an_object')
    expect(formOf({ anyOf: [{ type: 'object' }] })).toBe('not_an_object')
    expect(formOf({ type: 'object', properties: { 'a.b': {} } })).toBe('names')
    expect(formOf({ type: 'object', properties: { a: { $ref: 'https://example.org/schema' } } })).toBe('elsewhere')
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`p${String(index)}`, { type: 'string' }]))
    expect(formOf({ type: 'object', properties: many })).toBe('too_many')
  })
})

group('values', () => {
  it('begin with the defaults, and end where a schema contains itself', () => {
    expect(defaultsOf(TREE)).toEqual({ root: { children: [] } })
    const schema: Schema = {
      type: 'object',
      properties: {
        a: { default: [1] },
        b: { type: 'boolean' },
        c: { type: 'boolean' },
        d: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
      required: ['b', 'd'],
    }
    expect(defaultsOf(schema)).toEqual({ a: [1], b: false })
  })

  it('of a new item fit its schema where they can', () => {
    expect(freshValue({ type: 'string' }, {})).toBe('')
    expect(freshValue({ enum: ['x', 'y'] }, {})).toBe('x')
    expect(freshValue({ type: 'integer', minimum: 2, maximum: 4 }, {})).toBe(2)
    expect(freshValue({ type: 'integer' }, {})).toBeUndefined()
  })

  it('tell which variant they are', () => {
    const variants: Schema[] = [
      { type: 'object', properties: { kind: { const: 'file' }, path: { type: 'string' } } },
      { type: 'object', properties: { kind: { const: 'url' }, url: { type: 'string' } } },
      { type: 'string' },
    ]
    expect(variantOf({ kind: 'url' }, variants, {})).toBe(1)
    expect(variantOf({ path: 'x' }, variants, {})).toBe(0)
    expect(variantOf('x', variants, {})).toBe(2)
    expect(variantOf(5, variants, {})).toBe(-1)
  })

  it('of an address are text where text is wanted', () => {
    expect(fromAddress('5', { type: 'string' }, {})).toBe('5')
    expect(fromAddress('5', { type: 'integer' }, {})).toBe(5)
    expect(fromAddress('small', { enum: ['small'] }, {})).toBe('small')
    expect(fromAddress('[1', { type: 'array' }, {})).toBe('[1')
  })
})
