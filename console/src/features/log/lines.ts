import type { Entry } from '@headway/client'

import { rest } from '@/live/rest'

import type { Lines } from './permalink'

const PAGE = 1000

/** The entries of a range, wherever they are: for the clipboard, which may be asked for more than is on the screen. */
export async function loadLines(run: string, lines: Lines): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let from = lines.from; from <= lines.to; from += PAGE) {
    const to = Math.min(lines.to, from + PAGE - 1)
    const page = await rest.listEntries({ path: { run }, query: { from, to, limit: PAGE } })
    entries.push(...(page.items as unknown as Entry[]))
  }
  return entries
}

/** Saves the whole log as a file. */
export async function saveLog(run: string, name: string, format: 'text' | 'ndjson', isCompressed: boolean): Promise<void> {
  const response = await rest.raw('streamLog', {
    path: { run },
    query: { format, download: true, ...(isCompressed ? { compress: 'gzip' } : {}) },
  })
  saveFile(await response.blob(), `${fileName(name)}${format === 'text' ? '.txt' : '.jsonl'}${isCompressed ? '.gz' : ''}`)
}

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser has begun to read it when the click returns; it keeps what it reads.
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, 10_000)
}

/** A name that any file system takes. */
export function fileName(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 80) || 'run'
  )
}
