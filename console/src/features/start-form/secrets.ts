import type { Json } from '@headway/client'

import { fitsType, isObject, resolve, type Schema } from './schema'

type Given = Schema | boolean | undefined

/** What stands for a secret wherever parameters are shown or copied. */
export const MASK = '••••••••'

/** Deeper than anybody nests parameters, and far from where a stack ends. */
const DEPTH_LIMIT = 200

/** The schema and all that it is made of, as far as they can be meant by this value. */
function facetsOf(given: Given, root: Schema, value: Json | undefined): Schema[] {
  const facets: Schema[] = []
  const seen = new Set<unknown>()
  const visit = (one: Given): void => {
    if (typeof one !== 'object' || seen.has(one)) return
    seen.add(one)
    const schema = resolve(one, root)
    facets.push(schema)
    schema.allOf?.forEach(visit)
    for (const members of [schema.anyOf, schema.oneOf]) {
      const fitting = members?.filter((member) => value === undefined || canBe(value, resolve(member, root), root)) ?? []
      // What fits none of them is not known to be harmless.
      ;(fitting.length > 0 ? fitting : (members ?? [])).forEach(visit)
    }
  }
  visit(given)
  return facets
}

/** By its type, and by the constant that tells variants from each other. */
function canBe(value: Json, schema: Schema, root: Schema): boolean {
  if (!fitsType(value, schema)) return false
  if (!isObject(value)) return true
  return Object.entries(schema.properties ?? {}).every(([name, given]) => {
    const constant = resolve(given, root).const
    return constant === undefined || value[name] === undefined || value[name] === constant
  })
}

function saysSecret(schema: Schema): boolean {
  return schema.format === 'password' || schema.writeOnly === true || schema['x-control'] === 'secret'
}

/** Whether the value of this schema is one that nobody is to read. */
export function isSecret(given: Given, root: Schema, value?: Json): boolean {
  return facetsOf(given, root, value).some(saysSecret)
}

function childrenOf(facets: readonly Schema[], name: string): Schema {
  const found = facets.flatMap((facet): Given[] => {
    const named = facet.properties?.[name]
    const matching = Object.entries(facet.patternProperties ?? {}).filter(([pattern]) => matches(pattern, name))
    if (named !== undefined || matching.length > 0) return [named, ...matching.map(([, given]) => given)]
    return [facet.additionalProperties]
  })
  return { allOf: found.filter((given): given is Schema => typeof given === 'object') }
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name)
  } catch {
    return true
  }
}

function itemsOf(facets: readonly Schema[], index: number): Schema {
  const found = facets.map((facet) => facet.prefixItems?.[index] ?? facet.items)
  return { allOf: found.filter((given): given is Schema => typeof given === 'object') }
}

/** The value with every secret in it put through `change`; what that gives no value for is left out. Empty texts and null hide nothing. */
function mapSecrets(value: Json, given: Given, root: Schema, change: (secret: Json) => Json | undefined, depth = 0): Json | undefined {
  const facets = facetsOf(given, root, value)
  if (facets.some(saysSecret)) return value === '' || value === null ? value : change(value)
  // Further down nobody has looked: all of it counts as secret.
  if (depth > DEPTH_LIMIT) return change(value)
  if (Array.isArray(value)) return value.map((item, index) => mapSecrets(item, itemsOf(facets, index), root, change, depth + 1) ?? null)
  if (!isObject(value)) return value
  const parts = Object.entries(value).map(([name, part]): [string, Json | undefined] => [
    name,
    mapSecrets(part, childrenOf(facets, name), root, change, depth + 1),
  ])
  return Object.fromEntries(parts.filter((pair): pair is [string, Json] => pair[1] !== undefined))
}

/** The values without those that are secret: what may be kept in a browser or stand in an address. */
export function withoutSecrets(value: Json, given: Given, root: Schema): Json | undefined {
  return mapSecrets(value, given, root, () => undefined)
}

/** The value as it may be shown and copied. */
export function masked<T extends Json>(value: T, given: Given, root: Schema): T {
  return mapSecrets(value, given, root, () => MASK) as T
}

/** Keywords whose values are values of the schema itself. */
const SAMPLES = new Set(['default', 'const'])
const SAMPLE_LISTS = new Set(['examples', 'enum'])
/** Keywords that hold schemas by name: a property may well be called "default". */
const BY_NAME = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])

/** The schema as it may be shown and copied: secrets have no default, no examples. */
export function maskedSchema(root: Schema): Schema {
  const visit = (schema: unknown, depth: number): unknown => {
    if (depth > 2 * DEPTH_LIMIT) return {}
    if (Array.isArray(schema)) return schema.map((one) => visit(one, depth + 1))
    if (!isObject(schema)) return schema
    return Object.fromEntries(Object.entries(schema).map(([keyword, inner]) => [keyword, part(schema, keyword, inner, depth)]))
  }
  const part = (schema: Schema, keyword: string, inner: unknown, depth: number): unknown => {
    if (SAMPLES.has(keyword)) return masked(inner as Json, schema, root)
    if (SAMPLE_LISTS.has(keyword) && Array.isArray(inner)) return inner.map((one) => masked(one as Json, schema, root))
    if (BY_NAME.has(keyword) && isObject(inner))
      return Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, visit(one, depth + 1)]))
    return visit(inner, depth + 1)
  }
  return visit(root, 0) as Schema
}

/** A value whose secrets stand as marks, and the way back: marks that are left where they are, or moved, are the secrets again. */
export interface Hidden {
  readonly shown: Json
  readonly behind: ReadonlyMap<string, Json>
}

export function hidden(value: Json, given: Given, root: Schema): Hidden {
  const behind = new Map<string, Json>()
  const shown = mapSecrets(value, given, root, (secret) => {
    const mark = behind.size === 0 ? MASK : `${MASK} ${behind.size + 1}`
    behind.set(mark, secret)
    return mark
  })
  return { shown: shown ?? null, behind }
}

/** What somebody wrote who saw the marks. */
export function revealed(written: Json, behind: ReadonlyMap<string, Json>): Json {
  if (typeof written === 'string') return behind.get(written) ?? written
  if (Array.isArray(written)) return written.map((item) => revealed(item, behind))
  if (!isObject(written)) return written
  return Object.fromEntries(Object.entries(written).map(([name, part]) => [name, revealed(part, behind)]))
}
