import { useI18n } from 'vue-i18n'

import type { Language } from '../i18n/i18n'
import { settings } from '../settings'
import { formatCron } from './cron'
import { formatClock, formatDate } from './dates'
import { formatBytes, formatCount, formatNumber, formatPercent, formatProgress, formatRate } from './numbers'
import { formatAbout, formatAgo, formatDuration, formatElapsed, formatEta, formatEtaRange, formatLag, formatSpell } from './times'
import { formatLines, formatOutcome, formatState, formatValue } from './words'

type Maybe<T> = T | null | undefined

/** All formatters in the present language; in a template they follow when it changes. Call it in `setup`. */
export function useFormats() {
  const { locale } = useI18n({ useScope: 'global' })
  const language = () => locale.value as Language
  return {
    count: formatCount,
    number: formatNumber,
    bytes: formatBytes,
    percent: formatPercent,
    progress: formatProgress,
    clock: (at: string, zone?: string) => formatClock(at, zone ?? (settings.zone.value || undefined)),
    rate: (rate: Maybe<number>, unit?: Maybe<string>) => formatRate(rate, unit, language()),
    duration: (seconds: Maybe<number>) => formatDuration(seconds, language()),
    elapsed: (seconds: Maybe<number>) => formatElapsed(seconds, language()),
    eta: (seconds: Maybe<number>) => formatEta(seconds, language()),
    etaRange: (seconds: Maybe<number>, done: Maybe<number>, total: Maybe<number>, elapsedSeconds: Maybe<number>) =>
      formatEtaRange(seconds, done, total, elapsedSeconds, language()),
    spell: (low: Maybe<number>, high: Maybe<number>) => formatSpell(low, high, language()),
    /** `about 3 min` */
    about: (seconds: Maybe<number>) => formatAbout(seconds, language()),
    ago: (seconds: Maybe<number>) => formatAgo(seconds, language()),
    lag: (seconds: Maybe<number>) => formatLag(seconds, language()),
    /** Day and time in the reader's own zone; `now` (server time) decides whether the year is shown. */
    date: (at: Maybe<string>, now: string | number = Date.now()) => formatDate(at, now, settings.zone.value || null, language()),
    cron: (expression: Maybe<string>) => formatCron(expression, language()),
    state: (state: string) => formatState(state, language()),
    outcome: (outcome: string) => formatOutcome(outcome, language()),
    lines: (count: number) => formatLines(count, language()),
    value: (value: unknown) => formatValue(value, language()),
  }
}

export type Formats = ReturnType<typeof useFormats>
