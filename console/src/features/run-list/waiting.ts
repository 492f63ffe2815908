import type { Row } from '@headway/client'

/** Why a run is not going on, in words for `messages.ts`; null: it is going on, or has ended. */
export type Waiting =
  | { key: 'waitsSince'; seconds: number }
  | { key: 'waitsWhy'; seconds: number; why: string }
  | { key: 'startsAt' | 'triesAgain'; at: string }
  | { key: 'approval' | 'silent' }

export function waitingOf(row: Row, now: number): Waiting | null {
  switch (row.state) {
    case 'queued': {
      const since = row.queued_at ?? row.created_at
      const seconds = since === undefined ? 0 : Math.max(0, (now - Date.parse(since)) / 1_000)
      return row.reason === undefined ? { key: 'waitsSince', seconds } : { key: 'waitsWhy', seconds, why: row.reason }
    }
    case 'scheduled':
      return row.until === undefined ? null : { key: 'startsAt', at: row.until }
    case 'retrying':
      return row.until === undefined ? null : { key: 'triesAgain', at: row.until }
    case 'awaiting_approval':
      return { key: 'approval' }
    default:
      return row.is_silent === true ? { key: 'silent' } : null
  }
}
