import type { Json } from '@headway/client'

/** How many children of a value are laid out at once; the rest waits behind a button. */
export const pageSize = 100

type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export interface JsonRow {
  /** As jq and Python people write it: `.sheets[3]["first name"]`; the root is `.`. */
  path: string
  depth: number
  /** The key or index; null at the root. */
  name: string | null
  kind: JsonKind
  /** A value without children; undefined where there are children. */
  value?: Json
  childCount: number
  isOpen: boolean
  /** Children that are not laid out yet: this row is the button that lays out more of `path`. */
  moreCount?: number
}

function kindOf(value: Json): JsonKind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as 'object' | 'string' | 'number' | 'boolean'
}

function childPath(path: string, key: string, isIndex: boolean): string {
  const base = path === '.' ? '' : path
  if (isIndex) return `${base || '.'}[${key}]`
  return /^[A-Za-z_]\w*$/.test(key) ? `${base}.${key}` : `${base || '.'}[${JSON.stringify(key)}]`
}

/** The rows of a tree in which `open` paths are open, and of each value at most as many children as `shown` says. Never recursive: depth is bounded by nothing else. */
export function jsonRows(root: Json, open: ReadonlySet<string>, shown: ReadonlyMap<string, number>): JsonRow[] {
  const rows: JsonRow[] = []
  const waiting: (JsonRow | { path: string; depth: number; name: string | null; node: Json })[] = [
    { path: '.', depth: 0, name: null, node: root },
  ]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (!('node' in next)) {
      rows.push(next)
      continue
    }
    const { path, depth, name, node } = next
    const kind = kindOf(node)
    const isIndex = Array.isArray(node)
    const keys = node !== null && typeof node === 'object' ? Object.keys(node) : []
    const isOpen = keys.length > 0 && open.has(path)
    rows.push({ path, depth, name, kind, childCount: keys.length, isOpen, ...(keys.length === 0 ? { value: node } : {}) })
    if (!isOpen) continue
    const count = Math.min(keys.length, shown.get(path) ?? pageSize)
    const moreCount = keys.length - count
    if (moreCount > 0) waiting.push({ path, depth: depth + 1, name: null, kind, childCount: 0, isOpen: false, moreCount })
    for (const key of keys.slice(0, count).reverse()) {
      const child = (node as Record<string, Json>)[key] as Json
      waiting.push({ path: childPath(path, key, isIndex), depth: depth + 1, name: key, node: child })
    }
  }
  return rows
}

/** Opens what fits: the root, and its children where all of them together have few. */
export function usualOpen(root: Json): Set<string> {
  const open = new Set(['.'])
  if (jsonRows(root, open, new Map()).length > 12) return open
  for (const row of jsonRows(root, open, new Map())) if (row.childCount > 0 && row.childCount <= 8) open.add(row.path)
  return open
}
