import type { Json } from '@headway/client'
import { isNull, isObject, resolve, typesOf, type Schema } from './schema'

/** How one value is asked for. */
export type Kind =
  | 'text'
  | 'multiline'
  | 'secret'
  | 'email'
  | 'url'
  | 'number'
  | 'integer'
  | 'slider'
  | 'boolean'
  | 'select'
  | 'radio'
  | 'choices'
  | 'date'
  | 'date-time'
  | 'time'
  | 'duration'
  | 'file'
  | 'list'
  | 'tuple'
  | 'object'
  | 'dict'
  | 'variants'
  | 'json'

interface Option {
  value: Json
  label: string
}

export interface Field {
  kind: Kind
  /** Resolved, and without the part that only allows null. */
  schema: Schema
  isNullable: boolean
  title?: string
  description?: string
  /** Of `select`, `radio` and `choices`. */
  options: Option[]
  /** Of `variants`. */
  variants: Schema[]
}

const RADIO_OPTIONS = 4
const RADIO_CHARACTERS = 48
const SLIDER_STEPS = 100
const LONG_TEXT = 500

/** How the value of this schema is asked for. Total: what no control is for gets `json`. */
export function describe(given: Schema | boolean | undefined, root: Schema): Field {
  const outer = resolve(given, root)
  const members = outer.anyOf ?? outer.oneOf
  const resolved = members?.map((member) => resolve(member, root)) ?? []
  const others = resolved.filter((member) => !isNull(member))
  const single = others.length === 1 ? others[0] : undefined
  const { anyOf: _, oneOf: __, ...beside } = outer
  const schema = single === undefined ? outer : { ...describeInner(single, root), ...beside }
  const isNullable =
    others.length < resolved.length || (Array.isArray(outer.type) && outer.type.includes('null')) || (outer.enum?.includes(null) ?? false)
  const options = optionsOf(schema, others, root)
  const kind = options.length > 0 ? choiceOf(schema, options) : kindOf(schema, others, root)
  return {
    kind,
    schema,
    isNullable,
    ...(schema.title !== undefined && { title: String(schema.title) }),
    ...(schema.description !== undefined && { description: String(schema.description) }),
    options: kind === 'choices' ? optionsOf(resolve(asSchema(schema.items), root), [], root) : options,
    variants: kind === 'variants' ? others : [],
  }
}

function describeInner(schema: Schema, root: Schema): Schema {
  const inner = describe(schema, root)
  return inner.isNullable ? { ...inner.schema } : schema
}

function asSchema(schema: Schema | boolean | undefined): Schema {
  return typeof schema === 'object' ? schema : {}
}

function kindOf(schema: Schema, members: Schema[], root: Schema): Kind {
  const hinted = hintOf(schema)
  if (hinted !== null) return hinted
  if (members.length > 1) return members.length <= 12 ? 'variants' : 'json'
  const types = typesOf(schema)
  if (schema.format === 'duration' && types.every((type) => type === 'number' || type === 'string')) return 'duration'
  if (schema.format === 'decimal') return 'text'
  if (types.length > 1) return 'json'
  switch (types[0] ?? (schema.properties ? 'object' : undefined)) {
    case 'string':
      return textOf(schema)
    case 'number':
      return hasNearBounds(schema, 'number') ? 'slider' : 'number'
    case 'integer':
      return hasNearBounds(schema, 'integer') ? 'slider' : 'integer'
    case 'boolean':
      return 'boolean'
    case 'array':
      return listOf(schema, root)
    case 'object':
      return objectOf(schema)
    default:
      return 'json'
  }
}

/** `x-control` in a schema names a control where the type leaves a choice. */
function hintOf(schema: Schema): Kind | null {
  const hint = schema['x-control']
  const types = typesOf(schema)
  const allowed: Record<string, Kind[]> = {
    string: ['text', 'multiline', 'secret', 'file', 'email', 'url', 'json'],
    number: ['number', 'slider', 'duration', 'json'],
    integer: ['integer', 'slider', 'json'],
    array: ['list', 'json'],
    object: ['object', 'dict', 'json'],
  }
  const kinds = allowed[types[0] ?? ''] ?? ['json']
  return kinds.find((kind) => kind === hint) ?? null
}

function textOf(schema: Schema): Kind {
  if (schema.contentEncoding === 'base64') return 'file'
  switch (schema.format) {
    case 'password':
      return 'secret'
    case 'email':
    case 'idn-email':
      return 'email'
    case 'uri':
    case 'url':
    case 'iri':
      return 'url'
    case 'date':
    case 'date-time':
    case 'time':
    case 'duration':
      return schema.format
    case 'binary':
    case 'base64':
    case 'data-url':
      return 'file'
    case 'multiline':
    case 'textarea':
    case 'markdown':
      return 'multiline'
    default:
      if (schema.writeOnly === true) return 'secret'
      return (schema.maxLength ?? 0) >= LONG_TEXT || String(schema.default ?? '').includes('\n') ? 'multiline' : 'text'
  }
}

function hasNearBounds(schema: Schema, type: 'number' | 'integer'): boolean {
  const { minimum, maximum, multipleOf } = schema
  if (minimum === undefined || maximum === undefined || maximum <= minimum) return false
  const step = multipleOf ?? (type === 'integer' ? 1 : (maximum - minimum) / SLIDER_STEPS)
  return (maximum - minimum) / step <= SLIDER_STEPS + 1e-9 && (type === 'integer' || multipleOf !== undefined || maximum - minimum <= 1)
}

function listOf(schema: Schema, root: Schema): Kind {
  if (schema.prefixItems !== undefined && schema.prefixItems.length > 0)
    return schema.items === false || schema.maxItems === schema.prefixItems.length ? 'tuple' : 'json'
  if (schema.items === undefined || typeof schema.items === 'boolean') return 'json'
  const options = optionsOf(resolve(schema.items, root), [], root)
  return schema.uniqueItems === true && options.length > 0 && options.length <= 24 ? 'choices' : 'list'
}

function objectOf(schema: Schema): Kind {
  if (Object.keys(schema.properties ?? {}).length > 0) return 'object'
  if (schema.patternProperties !== undefined) return 'json'
  return isObject(schema.additionalProperties) ? 'dict' : schema.additionalProperties === false ? 'object' : 'json'
}

function optionsOf(schema: Schema, members: Schema[], root: Schema): Option[] {
  if (schema.const !== undefined && members.length <= 1) return [{ value: schema.const, label: shown(schema.const, schema.title) }]
  if (schema.enum !== undefined) {
    const labels = isObject(schema['x-labels']) ? schema['x-labels'] : {}
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, label: shown(value, labels[String(value)]) }))
  }
  const constants = members.length > 1 && members.every((member) => member.const !== undefined || member.enum !== undefined)
  return constants ? members.flatMap((member) => optionsOf(member, [], root)) : []
}

function shown(value: Json, title: unknown): string {
  return typeof title === 'string' && title !== '' ? title : typeof value === 'string' ? value : JSON.stringify(value)
}

function choiceOf(schema: Schema, options: Option[]): Kind {
  if (schema['x-control'] === 'select' || schema['x-control'] === 'radio') return schema['x-control']
  const characters = options.reduce((sum, { label }) => sum + label.length, 0)
  return options.length <= RADIO_OPTIONS && characters <= RADIO_CHARACTERS ? 'radio' : 'select'
}

/** Why a schema has no form, only its JSON: null if it has one. */
export type NoForm = 'not_an_object' | 'names' | 'elsewhere' | 'too_many'

const FIELD_LIMIT = 500

/** Whether a form can be shown for the parameters of a task. */
export function formOf(root: Schema): NoForm | null {
  if (root.type !== undefined && root.type !== 'object') return 'not_an_object'
  if (root.properties === undefined && (root.anyOf ?? root.oneOf ?? root.allOf ?? root.$ref) !== undefined) return 'not_an_object'
  let fields = 0
  let found: NoForm | null = null
  const visit = (value: unknown, depth: number): void => {
    if (found !== null || depth > 64 || typeof value !== 'object' || value === null) return
    const schema = value as Schema
    if (typeof schema.$ref === 'string' && !schema.$ref.startsWith('#')) found = 'elsewhere'
    for (const name of Object.keys(isObject(schema.properties) ? schema.properties : {})) {
      fields += 1
      // The paths of the form's engine are joined by dots.
      if (/[.[\]]/.test(name) || name === '') found = 'names'
    }
    if (fields > FIELD_LIMIT) found = 'too_many'
    for (const [keyword, inner] of Object.entries(schema)) {
      if (!DATA_KEYWORDS.has(keyword)) visit(inner, depth + 1)
    }
  }
  visit(root, 0)
  return found
}

/** Keywords whose values are data, not schemas. */
const DATA_KEYWORDS = new Set(['default', 'examples', 'enum', 'const', 'required', 'x-labels'])
