import type { Position } from './types'

/** Where positions are kept so that they outlast a reload: `sessionStorage`, a file, whatever holds text. */
export interface CursorStore {
  read(): string | null
  write(cursor: string): void
}

/** Positions by channel, and the runs whose end was told already. */
export interface Kept {
  positions: Map<string, Position>
  finished: Set<string>
}

/** So many channels are kept, the newest ones. */
const CHANNEL_LIMIT = 50

export function readKept(store: CursorStore | undefined): Kept {
  const kept: Kept = { positions: new Map(), finished: new Set() }
  try {
    const plain = JSON.parse(store?.read() ?? '{}') as { positions?: Record<string, unknown>; finished?: unknown[] }
    for (const [channel, at] of Object.entries(plain.positions ?? {})) if (isPosition(at)) kept.positions.set(channel, at)
    for (const channel of plain.finished ?? []) if (typeof channel === 'string') kept.finished.add(channel)
  } catch {
    // What cannot be read (another version wrote it, storage is forbidden) is as good as nothing: the log begins anew.
  }
  return kept
}

export function writeKept(store: CursorStore, kept: Kept): void {
  for (const all of [kept.positions, kept.finished]) {
    for (const channel of [...all.keys()].slice(0, Math.max(0, all.size - CHANNEL_LIMIT))) all.delete(channel)
  }
  store.write(JSON.stringify({ positions: Object.fromEntries(kept.positions), finished: [...kept.finished] }))
}

function isPosition(at: unknown): at is Position {
  return Array.isArray(at) && typeof at[0] === 'string' && Number.isSafeInteger(at[1]) && Number.isSafeInteger(at[2])
}
