/** Rows of a CSV text (RFC 4180), at most so many: quotes, doubled quotes and line ends within them are understood. */
export function parseCsv(text: string, limit: number): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  const separator = separatorOf(text)
  const endCell = (): void => {
    row.push(cell)
    cell = ''
  }
  const endRow = (): void => {
    endCell()
    rows.push(row)
    row = []
  }
  for (let at = 0; at < text.length && rows.length < limit; at += 1) {
    const character = text[at] ?? ''
    if (isQuoted) {
      if (character !== '"') cell += character
      else if (text[at + 1] === '"') cell += text[(at += 1)]
      else isQuoted = false
    } else if (character === '"' && cell === '') isQuoted = true
    else if (character === separator) endCell()
    else if (character === '\n') endRow()
    else if (character !== '\r') cell += character
  }
  if (rows.length < limit && (cell !== '' || row.length > 0)) endRow()
  return rows
}

/** What the first line has most of. */
function separatorOf(text: string): string {
  const end = text.indexOf('\n')
  const line = text.slice(0, end < 0 ? 2000 : Math.min(end, 2000))
  return [',', ';', '\t'].reduce((best, one) => (line.split(one).length > line.split(best).length ? one : best))
}
