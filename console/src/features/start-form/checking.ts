import type { Json } from '@headway/client'
import { Validator, type Schema as CheckedSchema } from '@cfworker/json-schema'

import { fromPointer } from './pointers'
import { isObject, resolve, type JsonObject, type Schema } from './schema'

/** One thing wrong with the parameters, in the shape that JSON Forms takes from Ajv. */
export interface CheckError {
  instancePath: string
  keyword: string
  message: string
  schemaPath: string
  params: { missingProperty?: string; limit?: Json }
  parentSchema?: Schema
}

interface Raw {
  keyword: string
  keywordLocation: string
  instanceLocation: string
  error: string
}

/** Keywords that only say that something within them is wrong, which is told as well. */
const WRAPPERS = new Set([
  '$ref',
  'allOf',
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'dependentSchemas',
  'if',
])

const ERROR_LIMIT = 200

/** Check parameters against a schema, as a person reads it: one error for one mistake, each where it is. Null: this schema cannot be checked here. */
export function checker(root: Schema): ((data: Json) => CheckError[]) | null {
  let validator: Validator
  try {
    validator = new Validator(root as CheckedSchema, '2020-12', false)
    validator.validate({})
  } catch {
    return null // a pattern that this engine does not read, a reference that leads nowhere: the server checks it
  }
  return (data) => {
    try {
      const { errors } = validator.validate(data)
      return closest(errors.slice(0, 2_000))
        .filter(({ keyword }) => !WRAPPERS.has(keyword))
        .slice(0, ERROR_LIMIT)
        .map((error) => toError(error, root))
    } catch {
      return []
    }
  }
}

/** Of the alternatives of an anyOf or oneOf only the one that was meant: that whose type fits. Where none or many fit, the anyOf itself. */
function closest(errors: Raw[]): Raw[] {
  const outer = errors.find(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
  if (outer === undefined) return errors
  const isWithin = (error: Raw): boolean => error.keywordLocation.startsWith(`${outer.keywordLocation}/`)
  const within = errors.filter((error) => isWithin(error))
  const branches = new Map<string, Raw[]>()
  for (const error of within) {
    const number = error.keywordLocation.slice(outer.keywordLocation.length + 1).split('/')[0] ?? ''
    branches.set(number, [...(branches.get(number) ?? []), error])
  }
  const isMisfit = (error: Raw): boolean =>
    ['type', 'const', 'enum', 'false'].includes(error.keyword) && depthOf(error) <= depthOf(outer) + (error.keyword === 'const' ? 1 : 0)
  const meant = [...branches.values()].filter((branch) => !branch.some((error) => isMisfit(error)))
  const rest = errors.filter((error) => error !== outer && !isWithin(error))
  const only = meant.length === 1 ? meant[0] : undefined
  // The anyOf is settled: what stays of it is renamed, so that the next round does not find it again.
  return only === undefined ? [...closest(rest), { ...outer, keyword: 'noneFits' }] : [...closest(only), ...closest(rest)]
}

function depthOf(error: Raw): number {
  return error.instanceLocation.split('/').length
}

function toError(raw: Raw, root: Schema): CheckError {
  const parent = parentOf(raw.keywordLocation, root)
  const limit = raw.keyword === 'required' ? undefined : parent?.[raw.keyword]
  const missing = raw.keyword === 'required' ? /"((?:[^"\\]|\\.)*)"/.exec(raw.error)?.[1] : undefined
  return {
    instancePath: raw.instanceLocation.replace(/^#/, ''),
    keyword: raw.keyword === 'false' ? 'unknown' : raw.keyword,
    message: raw.error,
    schemaPath: raw.keywordLocation,
    params: { ...(missing !== undefined && { missingProperty: missing }), ...(limit !== undefined && { limit: limit as Json }) },
  }
}

/** The schema that holds the keyword at a location; a `$ref` on the way is followed. */
function parentOf(location: string, root: Schema): Schema | undefined {
  let found: unknown = root
  for (const part of fromPointer(location).slice(0, -1)) {
    if (typeof found !== 'object' || found === null) return undefined
    found = part === '$ref' ? resolve(found as Schema, root) : (found as Record<string, unknown>)[part]
  }
  return typeof found === 'object' && found !== null ? (found as Schema) : undefined
}

/**
 * What JSON Forms asks of an Ajv. Ajv itself makes functions from text, which the Content-Security-Policy of the console forbids.
 */
export function asAjv() {
  const compile = (schema: Schema) => {
    const check = checker(schema)
    const validate = (data: unknown): boolean => {
      validate.errors = check === null ? [] : check(plain(data))
      return validate.errors.length === 0
    }
    validate.errors = [] as CheckError[]
    return validate
  }
  return { compile, validate: (schema: Schema, data: unknown): boolean => compile(schema)(data) }
}

/** Without members that are undefined, which JSON does not have. */
function plain(data: unknown): Json {
  if (data === undefined) return null
  if (Array.isArray(data)) return data.map((item) => plain(item))
  if (!isObject(data)) return data as Json
  const parts = Object.entries(data as Record<string, unknown>).filter(([, part]) => part !== undefined)
  return Object.fromEntries(parts.map(([name, part]) => [name, plain(part)]))
}

export function plainObject(data: unknown): JsonObject {
  const found = plain(data ?? {})
  return isObject(found) ? found : {}
}
