import type { Schema } from './schema'

/** Bytes of a file that fit into parameters (256 KiB of JSON) as base64, with room for the others. */
export const FILE_LIMIT = 160_000

/** A file as the schema wants it: a data URL, text, or base64. */
export async function readFile(file: File, schema: Schema): Promise<string> {
  if (schema.format === 'data-url') return dataUrl(file)
  const isText = schema.contentEncoding === undefined && schema.format !== 'binary' && schema.format !== 'base64'
  return isText ? file.text() : (await dataUrl(file)).replace(/^[^,]*,/, '')
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(file)
  })
}

/** About how many bytes a value of ours holds. */
export function sizeOf(value: string): number {
  const base64 = /^data:[^,]*;base64,/.test(value) ? value.slice(value.indexOf(',') + 1) : value
  return /^[A-Za-z0-9+/]*={0,2}$/.test(base64)
    ? Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
    : new TextEncoder().encode(value).length
}
