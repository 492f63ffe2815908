import type { Json } from '@headway/client'

/** What a result looks like best. */
export type Shape =
  | { kind: 'nothing' }
  | { kind: 'table'; columns: string[]; rows: Record<string, Json>[] }
  | { kind: 'markdown'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'image'; url: string }
  | { kind: 'tree'; value: Json }

const COLUMNS_SHOWN = 40
const IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/

export function shapeOf(value: Json | undefined): Shape {
  if (value === undefined || value === null) return { kind: 'nothing' }
  if (typeof value === 'string') return shapeOfText(value)
  if (isTable(value)) return { kind: 'table', columns: columnsOf(value), rows: value }
  if (typeof value === 'object' && !Array.isArray(value)) return shapeOfObject(value)
  return { kind: 'tree', value }
}

/** An object that says of itself what it is: `{"markdown": "…"}`, `{"image": "data:image/png;base64,…"}`, or one that holds a table only. */
function shapeOfObject(value: Record<string, Json>): Shape {
  const keys = Object.keys(value)
  const only = keys.length === 1 ? value[keys[0] ?? ''] : undefined
  if (keys[0] === 'markdown' && typeof only === 'string') return { kind: 'markdown', text: only }
  if (typeof only === 'string' && IMAGE.test(only)) return { kind: 'image', url: only }
  if (only !== undefined && isTable(only)) return { kind: 'table', columns: columnsOf(only), rows: only }
  return { kind: 'tree', value }
}

function shapeOfText(text: string): Shape {
  if (text.length < 20_000_000 && IMAGE.test(text)) return { kind: 'image', url: text }
  return { kind: looksLikeMarkdown(text) ? 'markdown' : 'text', text }
}

/** Two signs of Markdown, or a heading at the very beginning: a sentence with an asterisk is just a sentence. */
function looksLikeMarkdown(text: string): boolean {
  const start = text.slice(0, 4000)
  if (/^#{1,6} \S/.test(start)) return true
  const signs = [
    /^#{1,6} \S/m,
    /^\s*[-*] \S.*\n\s*[-*] \S/m,
    /^\s*\d+\. \S.*\n\s*\d+\. \S/m,
    /^```/m,
    /\[[^\]\n]+\]\(\S+\)/,
    /\*\*[^*\n]+\*\*/,
    /^\|.+\|\s*$/m,
    /^> \S/m,
  ]
  return signs.filter((sign) => sign.test(start)).length >= 2
}

function isTable(value: Json): value is Record<string, Json>[] {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row) && Object.keys(row).length > 0)
}

/** Every key of the first rows, in the order in which they appear. */
function columnsOf(rows: readonly Record<string, Json>[]): string[] {
  const columns = new Set<string>()
  for (const row of rows.slice(0, 200)) for (const key of Object.keys(row)) if (columns.size < COLUMNS_SHOWN) columns.add(key)
  return [...columns]
}
