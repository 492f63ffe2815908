import { describe, expect, it } from 'vitest'

import { asAjv, checker } from './checking'
import type { Schema } from './schema'

function errorsOf(schema: Schema, data: unknown) {
  return checker(schema)?.(data as never).map(({ instancePath, keyword, params }) => ({ at: instancePath, keyword, ...params }))
}

describe('the check of parameters', () => {
  it('names each mistake once, where it is, with the limit', () => {
    const schema: Schema = {
      type: 'object',
      properties: { n: { $ref: '#/$defs/N' }, list: { type: 'array', items: { type: 'string', minLength: 2 } } },
      required: ['n', 'missing'],
      additionalProperties: false,
      $defs: { N: { type: 'integer', minimum: 3 } },
    }
    expect(errorsOf(schema, { n: 1, list: ['ok', 'x'], extra: true })).toEqual(
      expect.arrayContaining([
        { at: '', keyword: 'required', missingProperty: 'missing' },
        { at: '/n', keyword: 'minimum', limit: 3 },
        { at: '/list/1', keyword: 'minLength', limit: 2 },
        { at: '/extra', keyword: 'unknown' },
      ]),
    )
    expect(errorsOf(schema, { n: 1, list: ['ok', 'x'], extra: true })).toHaveLength(4)
  })

  it('speaks of the alternative that was meant', () => {
    const schema: Schema = { type: 'object', properties: { n: { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] } } }
    expect(errorsOf(schema, { n: 1 })).toEqual([{ at: '/n', keyword: 'minimum', limit: 3 }])
    expect(errorsOf(schema, { n: 'x' })).toEqual([{ at: '/n', keyword: 'noneFits' }])
    expect(errorsOf(schema, { n: null })).toEqual([])
  })

  it('finds the variant that its constant names', () => {
    const variant = (kind: string, name: string): Schema => ({
      type: 'object',
      properties: { kind: { const: kind }, [name]: { type: 'integer' } },
      required: ['kind', name],
    })
    const schema: Schema = { type: 'object', properties: { from: { oneOf: [variant('file', 'size'), variant('url', 'port')] } } }
    expect(errorsOf(schema, { from: { kind: 'url', port: 'x' } })).toEqual([{ at: '/from/port', keyword: 'type', limit: 'integer' }])
  })

  it('gives way where the schema cannot be read here', () => {
    expect(errorsOf({ type: 'object', properties: { a: { $ref: '#/$defs/Gone' } } }, { a: 1 })).toEqual([])
    expect(checker({ $id: 'http://[' })).toBeNull()
    expect(errorsOf({ type: 'object', properties: { a: { type: 'string', pattern: '(?<=' } } }, { a: 'x' })).toEqual([])
  })

  it('stands in for Ajv, and takes a member that is undefined as absent', () => {
    const validate = asAjv().compile({ type: 'object', properties: { a: { type: 'string' } } })
    expect(validate({ a: undefined })).toBe(true)
    expect(validate({ a: 1 })).toBe(false)
    expect(validate.errors[0]?.instancePath).toBe('/a')
  })
})
