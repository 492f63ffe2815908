/** Of a row, as somebody wrote it down: if it is another now, or gone, the log was tampered with. */
export interface Note {
  readonly number: number
  readonly hash: string
}

/** `12:9f2c…` as the verdict shows it and `headway audit verify --expect` takes it; null: that is none. */
export function readNote(text: string): Note | null {
  const [, number, hash] =
    /^(\d{1,15})\s*:\s*([0-9a-f]{64}|sha512:[0-9a-f]{128}|sha3-256:[0-9a-f]{64})$/.exec(text.trim().toLowerCase()) ?? []
  return number !== undefined && hash !== undefined && Number(number) > 0 ? { number: Number(number), hash } : null
}
