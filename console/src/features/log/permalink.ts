/** Lines of a log in the address: `#L1203` or `#L1203-L1210`. */
export interface Lines {
  readonly from: number
  readonly to: number
}

/** More lines than this are not marked or copied at once. */
export const LINES_LIMIT = 10_000

export function parseLines(hash: string): Lines | null {
  const found = /^#?L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(hash)
  if (!found) return null
  const first = Number(found[1])
  const last = found[2] === undefined ? first : Number(found[2])
  const from = Math.min(first, last)
  return from < 1 ? null : { from, to: Math.min(Math.max(first, last), from + LINES_LIMIT - 1) }
}

export function formatLines(lines: Lines | null): string {
  if (!lines) return ''
  return lines.from === lines.to ? `#L${lines.from}` : `#L${lines.from}-L${lines.to}`
}

/** The lines after a click on a line's number: that line, or with shift all from the one clicked first. The same line again: none. */
export function pickLine(before: Lines | null, anchor: number | null, line: number, isExtended: boolean): Lines | null {
  if (isExtended && anchor !== null) {
    const from = Math.min(anchor, line)
    return { from, to: Math.min(Math.max(anchor, line), from + LINES_LIMIT - 1) }
  }
  return before?.from === line && before.to === line ? null : { from: line, to: line }
}

export function isWithin(lines: Lines | null, line: number): boolean {
  return lines !== null && line >= lines.from && line <= lines.to
}
