import type { Json } from '@headway/client'
import { isObject } from './schema'
import { toPointer } from './pointers'

export interface Change {
  pointer: string
  before: Json | undefined
  after: Json | undefined
}

const CHANGE_LIMIT = 200

/** What differs between two values, place by place; lists of different length differ as a whole. */
export function changesBetween(before: Json | undefined, after: Json | undefined): Change[] {
  const found: Change[] = []
  const visit = (a: Json | undefined, b: Json | undefined, path: (string | number)[]): void => {
    if (found.length >= CHANGE_LIMIT || isSame(a, b)) return
    if (isObject(a) && isObject(b)) {
      for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) visit(a[name], b[name], [...path, name])
    } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
      a.forEach((item, index) => visit(item, b[index], [...path, index]))
    } else {
      found.push({ pointer: toPointer(path), before: a, after: b })
    }
  }
  visit(before, after, [])
  return found
}

/** Equal as JSON is: the order of keys does not count. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || canonical(a) === canonical(b)
}

/** JSON with keys in order: equal texts for equal values. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return ''
  return JSON.stringify(value, (_, part: Json) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}
