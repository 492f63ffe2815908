import type { Day } from '@headway/client/rest'

export interface Bin {
  from: number
  to: number
  count: number
}

/** Steps that people read durations in, in seconds. */
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400]

/** Values in bins of equal width with round edges, at most so many; empty for no values. */
export function binsOf(values: readonly number[], most = 12): Bin[] {
  const known = values.filter((value) => Number.isFinite(value) && value >= 0)
  if (known.length === 0) return []
  const least = Math.min(...known)
  const range = Math.max(...known) - least
  const width = STEPS.find((step) => Math.floor(least / step) * step + step * most > least + range) ?? Math.max(86_400, range / (most - 1))
  const first = Math.floor(least / width)
  const count = Math.floor((least + range) / width) - first + 1
  const bins = Array.from({ length: Math.min(count, most + 1) }, (_, index) => ({
    from: (first + index) * width,
    to: (first + index + 1) * width,
    count: 0,
  }))
  for (const value of known) {
    const bin = bins[Math.min(bins.length - 1, Math.floor(value / width) - first)]
    if (bin) bin.count += 1
  }
  return bins
}

/** A bar for each day of the window, also for those on which nothing ran. Days are the server's words: `2026-11-22`. */
export function everyDay(days: readonly Day[], count: number, today: string): Day[] {
  const known = new Map(days.map((day) => [day.day, day]))
  const last = Date.parse(`${today}T00:00:00Z`)
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(last - (count - 1 - index) * 86_400_000).toISOString().slice(0, 10)
    return known.get(day) ?? { day, succeeded: 0, failed: 0, other: 0 }
  })
}

/** The reader's own day, and how far it is from that of Greenwich in minutes, as the server wants it. */
export function localDay(now: number, offsetMinutes = -new Date(now).getTimezoneOffset()): { today: string; offset: number } {
  return { today: new Date(now + offsetMinutes * 60_000).toISOString().slice(0, 10), offset: offsetMinutes }
}
