/** Limits as they stand and as they are typed. Null: none. */
export interface Limits {
  running_limit: number | null
  queued_limit: number | null
}

/** What was typed, as a number, or null for nothing; undefined: it is neither. The server has the last word on how large it may be. */
export function readLimit(text: string): number | null | undefined {
  const plain = text.trim()
  if (plain === '') return null
  return /^\d{1,12}$/.test(plain) ? Number(plain) : undefined
}
