import type { Entry } from '@headway/client'

import { useFormats } from '@/ui/formats'
import type { Translate } from '@/ui/i18n/messages'

import { told } from './describe'

/** A silence shorter than this is nothing to tell. */
const GAP_SECONDS = 10

interface Asked {
  readonly time: 'absolute' | 'relative' | 'delta'
  readonly startedAt: number | null
  readonly stepName: (attempt: number, step: string) => string
}

interface RowTexts {
  time: string
  gap: string | null
  words: string | null
}

/** What only some rows say, asked for by those that do: a translation for each row of each frame would cost more than drawing it. */
export interface RowWords {
  level: (level: string) => string
  details: (line: number) => string
}

/** What stands in a row beside its text. Clocks are kept: making one costs more than drawing a row. */
export function useRowTexts(asked: Asked, t: Translate) {
  const formats = useFormats()
  const clocks = new WeakMap<Entry, string>()

  function clock(entry: Entry): string {
    const known = clocks.get(entry)
    if (known !== undefined) return known
    const made = `${formats.clock(entry.at)}.${entry.at.slice(20, 23)}`
    clocks.set(entry, made)
    return made
  }

  function time(entry: Entry, before: Entry | undefined): string {
    if (asked.time === 'absolute') return clock(entry)
    const origin = asked.time === 'relative' ? asked.startedAt : before && Date.parse(before.at)
    if (origin == null) return ''
    const seconds = (Date.parse(entry.at) - origin) / 1000
    return `+${seconds < 60 ? seconds.toFixed(3) : formats.elapsed(seconds)}`
  }

  function gap(entry: Entry, before: Entry | undefined): string | null {
    if (before?.line !== entry.line - 1) return null
    const seconds = (Date.parse(entry.at) - Date.parse(before.at)) / 1000
    return seconds >= GAP_SECONDS ? t('silent', { duration: formats.duration(seconds) }) : null
  }

  function words(entry: Entry): string | null {
    if (entry.kind === 'log.written') return null
    const about = told(entry)
    if (!about) return null
    const values = Object.entries(about.values).map(([name, value]) => [name, shown(value.as, value.of, entry.attempt)])
    return t(`kind.${about.message}`, Object.fromEntries(values))
  }

  function shown(as: string, of: unknown, attempt: number): string {
    const plain = typeof of === 'string' || typeof of === 'number' ? String(of) : '–'
    if (as === 'outcome') return formats.outcome(plain)
    if (as === 'seconds') return formats.duration(typeof of === 'number' ? of : null)
    if (as === 'bytes') return formats.bytes(typeof of === 'number' ? of : null)
    if (as === 'lines') return formats.lines(Number(of))
    if (as === 'step') return asked.stepName(attempt, plain)
    return as === 'command' && COMMANDS.has(plain) ? t(`command.${plain}`) : plain
  }

  const say: RowWords = { level: (level) => t(`level.${level}`), details: (line) => t('details', { line }) }
  return {
    say,
    of: (entry: Entry | undefined, before: Entry | undefined): RowTexts =>
      entry ? { time: time(entry, before), gap: gap(entry, before), words: words(entry) } : NONE,
  }
}

const NONE: RowTexts = { time: '', gap: null, words: null }
const COMMANDS = new Set(['cancel', 'stack', 'pause', 'resume'])
