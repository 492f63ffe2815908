import type { Json } from '@headway/client'

/** A JSON Schema as far as a form reads it; what it does not know stays. */
export interface Schema {
  $ref?: string
  $defs?: Record<string, Schema | boolean>
  type?: string | string[]
  title?: string
  description?: string
  default?: Json
  examples?: Json[]
  enum?: Json[]
  const?: Json
  format?: string
  properties?: Record<string, Schema | boolean>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema | boolean
  prefixItems?: (Schema | boolean)[]
  anyOf?: (Schema | boolean)[]
  oneOf?: (Schema | boolean)[]
  allOf?: (Schema | boolean)[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  pattern?: string
  writeOnly?: boolean
  contentEncoding?: string
  contentMediaType?: string
  [keyword: string]: unknown
}

export type JsonObject = Record<string, Json>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** More references in a row than this are a circle. */
const CHAIN_LIMIT = 16

/** The schema with its own reference followed and the words beside the reference kept; one that leads nowhere is an empty schema. */
export function resolve(schema: Schema | boolean | undefined, root: Schema): Schema {
  let found: Schema = typeof schema === 'object' ? schema : {}
  for (let count = 0; found.$ref !== undefined && count < CHAIN_LIMIT; count += 1) {
    const { $ref, ...beside } = found
    const target = at(root, $ref)
    if (typeof target !== 'object') return beside
    found = { ...target, ...beside }
  }
  if (found.$ref !== undefined) return {}
  // Pydantic writes a described reference as allOf with one member.
  const [only, ...others] = found.allOf ?? []
  if (only === undefined || others.length > 0) return found
  const { allOf: _, ...beside } = found
  return { ...resolve(only, root), ...beside }
}

/** What a local reference (`#/$defs/Pupil`) or the scope of a control (`#/properties/name`) leads to. */
export function at(root: Schema, reference: string): Schema | boolean | undefined {
  if (!reference.startsWith('#')) return undefined
  let found: unknown = root
  for (const part of reference.slice(1).split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[unescape(part)]
  }
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Schema)
    : typeof found === 'boolean'
      ? found
      : undefined
}

function unescape(part: string): string {
  let plain = part
  try {
    plain = decodeURIComponent(part)
  } catch {
    // A lone % is itself.
  }
  return plain.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Types a schema names, without null. */
export function typesOf(schema: Schema): string[] {
  const types = schema.type === undefined ? [] : Array.isArray(schema.type) ? schema.type : [schema.type]
  return types.filter((type) => type !== 'null')
}

export function isNull(schema: Schema): boolean {
  return schema.type === 'null' || schema.const === null || (schema.enum?.length === 1 && schema.enum[0] === null)
}

/** Whether a value has the JSON type that a schema names. */
export function fitsType(value: Json, schema: Schema): boolean {
  const types = schema.type === undefined ? null : Array.isArray(schema.type) ? schema.type : [schema.type]
  if (schema.const !== undefined) return JSON.stringify(schema.const) === JSON.stringify(value)
  if (types === null) return true
  return types.some((type) => {
    switch (type) {
      case 'integer':
        return typeof value === 'number' && Number.isInteger(value)
      case 'array':
        return Array.isArray(value)
      case 'object':
        return isObject(value)
      case 'null':
        return value === null
      default:
        return typeof value === type
    }
  })
}
