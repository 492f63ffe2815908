import type { CheckError } from './checking'
import { toPointer, fromPointer } from './pointers'

type Translate = (key: string, values?: Record<string, unknown>, plural?: number) => string

const KNOWN = new Set([
  'required',
  'enum',
  'const',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'uniqueItems',
  'pattern',
  'format',
  'unknown',
  'noneFits',
])

/** What is wrong, in the reader's language; what only the server could find stays in its words. */
export function sentenceOf(error: Pick<CheckError, 'keyword' | 'message' | 'params'>, t: Translate): string {
  const { keyword, message, params } = error
  if (keyword === 'server') return message
  const limit = params.limit
  if (keyword === 'type') {
    const types = (Array.isArray(limit) ? limit : [limit]).map((type) => t(`errors.types.${String(type)}`))
    return t('errors.type', { limit: types.join(t('errors.or')) })
  }
  if (!KNOWN.has(keyword)) return t('errors.other', { message })
  const shown = typeof limit === 'string' || typeof limit === 'number' ? String(limit) : JSON.stringify(limit)
  return t(`errors.${keyword}`, { limit: (shown ?? '').slice(0, 80) }, typeof limit === 'number' ? limit : undefined)
}

/** Where the error is meant: what is missing is meant where it would be. */
export function pointerOf({ instancePath, params }: Pick<CheckError, 'instancePath' | 'params'>): string {
  return params.missingProperty === undefined ? instancePath : toPointer([...fromPointer(instancePath), params.missingProperty])
}
