import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import source from '../../../../conformance/formats.yaml?raw'
import type { Language } from '../i18n/i18n'
import { formatCron } from './cron'
import { formatClock, formatDate } from './dates'
import { formatBytes, formatCount, formatNumber, formatPercent, formatProgress, formatRate } from './numbers'
import { formatAbout, formatAgo, formatDuration, formatElapsed, formatEta, formatEtaRange, formatSpell, formatLag } from './times'
import { formatLines, formatOutcome, formatState, formatValue } from './words'

interface Case {
  of: never[]
  same?: string
  en?: string
  'zh-CN'?: string
}

type Formatter = (...args: never[]) => string

/** How many arguments stand before the language; those without language take what they take. */
const formatters: Record<string, [Formatter, number | null]> = {
  count: [formatCount, null],
  number: [formatNumber, null],
  bytes: [formatBytes, null],
  percent: [formatPercent, null],
  progress: [formatProgress, null],
  duration: [formatDuration, 1],
  elapsed: [formatElapsed, 1],
  eta: [formatEta, 1],
  eta_range: [formatEtaRange, 4],
  spell: [formatSpell, 2],
  about: [formatAbout, 1],
  ago: [formatAgo, 1],
  lag: [formatLag, 1],
  rate: [formatRate, 2],
  date: [formatDate, 3],
  cron: [formatCron, 1],
  state: [formatState, 1],
  outcome: [formatOutcome, 1],
  lines: [formatLines, 1],
  value: [formatValue, 1],
}

const cases = parse(source) as Record<string, Case[]>

describe.each(['en', 'zh-CN'] as Language[])('formats in %s', (language) => {
  test.each(Object.keys(cases))('%s answers to every case', (name) => {
    const [format, count] = formatters[name]!
    for (const each of cases[name]!) {
      const args = count === null ? each.of : [...each.of, ...new Array(count - each.of.length).fill(undefined), language as never]
      expect(format(...(args as never[])), `${name}(${JSON.stringify(each.of)})`).toBe(each.same ?? each[language])
    }
  })
})

test('a clock shows the time of day in its zone, and what is no time as it is', () => {
  expect(formatClock('2026-11-22T09:30:00.125Z', 'Asia/Shanghai')).toBe('17:30:00')
  expect(formatClock('2026-11-22T00:05:09Z', 'UTC')).toBe('00:05:09')
  expect(formatClock('soon')).toBe('soon')
})
