import type { Json } from '@headway/client'

import { parseCsv } from './csv'

/** What of a file is shown. Nothing of it is ever run: pages and drawings are shown as their source. */
export type Preview =
  | { kind: 'image'; url: string }
  | { kind: 'table'; columns: string[]; rows: Record<string, Json>[] }
  | { kind: 'tree'; value: Json }
  | { kind: 'markdown'; text: string }
  | { kind: 'text'; text: string; isCut: boolean; isSource: boolean }
  | { kind: 'none' }
  | { kind: 'tooLarge' }
  | { kind: 'broken' }

/** Larger files are downloaded, not shown. */
export const PREVIEW_BYTES = 10_000_000
export const TEXT_SHOWN = 262_144
const ROWS_SHOWN = 2_000
const JSON_BYTES = 4_000_000

const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])
const TEXTS = /^(text\/|application\/(json|x-ndjson|xml|javascript|x-yaml|yaml|toml|sql|x-sh|x-python)|image\/svg\+xml)/
const TEXT_NAMES = /\.(txt|log|md|csv|tsv|json|jsonl|ndjson|ya?ml|toml|ini|cfg|py|js|ts|sql|sh|html?|svg|xml|css|diff|patch)$/i

export interface File {
  readonly name: string
  readonly media_type: string
  readonly size_bytes: number
}

function canShow(file: File): boolean {
  return IMAGES.has(mediaType(file)) || TEXTS.test(mediaType(file)) || TEXT_NAMES.test(file.name)
}

function mediaType(file: File): string {
  return (file.media_type.split(';')[0] ?? '').trim().toLowerCase()
}

/** `content` is fetched only if it is to be shown. An image's URL must be revoked by whoever shows it. */
export async function previewOf(file: File, fetchContent: () => Promise<Blob>): Promise<Preview> {
  if (!canShow(file)) return { kind: 'none' }
  if (file.size_bytes > PREVIEW_BYTES) return { kind: 'tooLarge' }
  const type = mediaType(file)
  const content = await fetchContent()
  // The type is ours and not what the file says, so that it can be nothing but a picture.
  if (IMAGES.has(type)) return { kind: 'image', url: URL.createObjectURL(new Blob([content], { type })) }
  return previewOfText(file, type, await content.text())
}

function previewOfText(file: File, type: string, text: string): Preview {
  if (type === 'text/csv' || type === 'text/tab-separated-values' || /\.(csv|tsv)$/i.test(file.name)) return tableOf(text)
  if ((type === 'application/json' || /\.json$/i.test(file.name)) && text.length <= JSON_BYTES) return treeOf(text)
  if (type === 'text/markdown' || /\.md$/i.test(file.name)) return { kind: 'markdown', text }
  const isSource = /^(text\/html|image\/svg\+xml|application\/xhtml)/.test(type) || /\.(html?|svg)$/i.test(file.name)
  return { kind: 'text', text: text.slice(0, TEXT_SHOWN), isCut: text.length > TEXT_SHOWN, isSource }
}

function tableOf(text: string): Preview {
  const [head, ...body] = parseCsv(text, ROWS_SHOWN + 1)
  if (!head) return { kind: 'text', text: '', isCut: false, isSource: false }
  const columns = head.map((name, at) => (name === '' || head.indexOf(name) !== at ? `${name} (${at + 1})`.trim() : name))
  return {
    kind: 'table',
    columns,
    rows: body.map((cells) => Object.fromEntries(columns.map((column, at) => [column, cellOf(cells[at] ?? '')]))),
  }
}

function cellOf(text: string): Json {
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$/.test(text) ? Number(text) : text
}

function treeOf(text: string): Preview {
  try {
    return { kind: 'tree', value: JSON.parse(text) as Json }
  } catch {
    return { kind: 'text', text: text.slice(0, TEXT_SHOWN), isCut: text.length > TEXT_SHOWN, isSource: false }
  }
}
