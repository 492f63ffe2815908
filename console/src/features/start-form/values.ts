import type { Json } from '@headway/client'
import { describe, type Field } from './fields'
import { fitsType, isObject, resolve, type JsonObject, type Schema } from './schema'

/** What a form begins with: the defaults, and what must be there and can only be one thing. */
export function defaultsOf(root: Schema): JsonObject {
  return defaultsWithin(root, root, 0)
}

const NESTING_LIMIT = 6

function defaultsWithin(schema: Schema, root: Schema, depth: number): JsonObject {
  const found: JsonObject = {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  for (const [name, given] of Object.entries(schema.properties ?? {})) {
    const value = firstValue(describe(given, root), root, required.has(name), depth)
    if (value !== undefined) found[name] = value
  }
  return found
}

function firstValue(field: Field, root: Schema, isRequired: boolean, depth: number): Json | undefined {
  const { schema, kind } = field
  if (schema.default !== undefined) return copy(schema.default)
  if (!isRequired || field.isNullable) return undefined
  if (kind === 'boolean') return false
  if (schema.const !== undefined) return schema.const
  if (kind === 'object' && depth < NESTING_LIMIT) return defaultsWithin(schema, root, depth + 1)
  if (kind === 'list' || kind === 'choices') return []
  if (kind === 'dict') return {}
  return undefined
}

/** What a new item of a list, or a variant just chosen, begins with. */
export function freshValue(given: Schema | boolean | undefined, root: Schema): Json | undefined {
  const field = describe(given, root)
  const value = firstValue({ ...field, isNullable: false }, root, true, 0)
  if (value !== undefined) return value
  switch (field.kind) {
    case 'text':
    case 'multiline':
    case 'secret':
    case 'email':
    case 'url':
      return ''
    case 'radio':
    case 'select':
      return field.options[0]?.value
    case 'slider':
      return field.schema.minimum
    case 'tuple':
      return (field.schema.prefixItems ?? []).map((item) => freshValue(item, root) ?? null)
    case 'variants':
      return freshValue(field.variants[0], root)
    default:
      return undefined
  }
}

/** Which variant a value is one of: by its type, then by how many of its keys are known there. */
export function variantOf(value: Json | undefined, variants: Schema[], root: Schema): number {
  if (value === undefined) return -1
  const fitting = variants
    .map((variant, index) => ({ variant: resolve(variant, root), index }))
    .filter(({ variant }) => fitsType(value, variant))
  if (!isObject(value) || fitting.length < 2) return fitting[0]?.index ?? -1
  const score = (schema: Schema): number =>
    Object.entries(value).reduce((sum, [name, part]) => {
      const known = schema.properties?.[name]
      if (known === undefined) return sum - 1
      const constant = resolve(known, root).const
      return sum + (constant === undefined ? 1 : constant === part ? 10 : -10)
    }, 0)
  return fitting.reduce((best, next) => (score(next.variant) > score(best.variant) ? next : best)).index
}

function copy<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** A parameter given in an address (`?p.size=small`): text for text, else JSON where it reads as JSON. */
export function fromAddress(text: string, given: Schema | boolean | undefined, root: Schema): Json {
  const field = describe(given, root)
  if (typeof field.schema.type === 'string' && field.schema.type === 'string') return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
