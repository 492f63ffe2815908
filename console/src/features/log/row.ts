import type { Entry } from '@headway/client'

import { jsonOf, lastFrame, told, tracebackOf } from './describe'
import { SHOWN_CHARACTERS } from './pieces'

/** What a row shows because of its entry alone, whatever is searched, picked or opened. */
export interface RowLook {
  readonly tone: 'plain' | 'debug' | 'warning' | 'error'
  readonly icon: string | null
  /** It tells of something that happened, rather than being a line of the program. */
  readonly isEvent: boolean
  /** The last call of its traceback. */
  readonly frame: string | null
  /** There is more than fits into a row. */
  readonly hasMore: boolean
}

export const EMPTY_LOOK: RowLook = { tone: 'plain', icon: null, isEvent: false, frame: null, hasMore: false }

const kept = new WeakMap<Entry, RowLook>()

/** Kept with the entry: a scroll brings the same ones again and again. */
export function lookOf(entry: Entry): RowLook {
  const known = kept.get(entry)
  if (known) return known
  const look = lookAt(entry)
  kept.set(entry, look)
  return look
}

function lookAt(entry: Entry): RowLook {
  const event = entry.kind === 'log.written' ? null : told(entry)
  const tone = toneOf(entry.level, event?.tone === 'bad')
  const traceback = tracebackOf(entry)
  const frame = traceback === null ? null : lastFrame(traceback)
  return {
    tone,
    icon: event ? event.icon : (ICONS[tone] ?? null),
    isEvent: event !== null,
    frame: frame && ` · ${frame.place}${frame.said ? ` · ${frame.said}` : ''}`,
    hasMore: traceback !== null || entry.context !== undefined || isMore(entry.text ?? ''),
  }
}

const ICONS: Partial<Record<RowLook['tone'], string>> = { error: 'i-lucide-octagon-alert', warning: 'i-lucide-triangle-alert' }

function toneOf(level: string | undefined, isBad: boolean): RowLook['tone'] {
  if (isBad || level === 'error' || level === 'critical') return 'error'
  return level === 'warning' || level === 'debug' ? level : 'plain'
}

function isMore(text: string): boolean {
  return text.length > SHOWN_CHARACTERS || text.includes('\n') || jsonOf(text) !== null
}
