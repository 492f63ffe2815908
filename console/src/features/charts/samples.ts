/** Lines of charts, made of what the server has kept and of what came live since. */
import type { Sample } from '@headway/client'
import type { SampledSeries } from '@headway/client/rest'

import type { Line } from './series'

export type Reading = 'levels' | 'counts' | 'p50' | 'p95'

/** One thing that is drawn: which values, of whom, and how they are called. */
export interface Wanted {
  series: SampledSeries
  reading: Reading
  value: string
  label: string
  /** Counts become so many a second when it is given. */
  perSeconds?: number
  live?: readonly Sample[]
}

export function lineOf(times: readonly number[], wanted: Wanted): Line {
  const { series, reading, value, label, perSeconds, live = [] } = wanted
  const kept = series[reading][value] ?? []
  const xs: number[] = []
  const ys: (number | null)[] = []
  times.forEach((at, index) => {
    const y = kept[index] ?? null
    xs.push(at / 1000)
    ys.push(y === null ? null : y / (perSeconds ?? 1))
  })
  for (const sample of live) {
    const x = Date.parse(sample.at) / 1000
    const y = sample[reading][value] ?? null
    if (y === null || x <= (xs.at(-1) ?? 0)) continue
    xs.push(x)
    ys.push(perSeconds === undefined ? y : y / sample.seconds)
  }
  const there = ys.filter((y) => y !== null)
  return {
    key: `${series.name} ${reading} ${value}`,
    name: value,
    label,
    unit: null,
    xs,
    ys,
    count: there.length,
    last: there.at(-1) ?? null,
    least: there.length ? Math.min(...there) : null,
    most: there.length ? Math.max(...there) : null,
  }
}

/** What was counted over the whole time of these lines. */
export function sumOf(lines: readonly Line[]): number {
  return lines.flatMap(({ ys }) => ys).reduce<number>((sum, y) => sum + (y ?? 0), 0)
}

/** The newest of a series: what came live, or what the server said. */
export function currentOf(series: SampledSeries, live: readonly Sample[] = []): Partial<Sample> {
  return live.at(-1) ?? (series.current as Partial<Sample> | null) ?? {}
}

/** Bars of how long calls took: the buckets joined to at most `most` of equal width on a scale of powers. */
export function barsOf(spread: readonly (readonly unknown[])[], most = 16): { upTo: number; count: number }[] {
  const buckets = spread.map(([upTo, count]) => ({ upTo: Number(upTo), count: Number(count) }))
  const [first] = buckets
  const last = buckets.at(-1)
  if (!first || !last) return []
  const width = Math.max(Math.log(last.upTo / first.upTo) / (most - 1), Math.log(1.12))
  const bars: { upTo: number; count: number }[] = []
  for (const { upTo, count } of buckets) {
    const place = Math.round(Math.log(upTo / first.upTo) / width)
    while (bars.length <= place) bars.push({ upTo: first.upTo * Math.exp(width * bars.length), count: 0 })
    const bar = bars[place]
    if (bar) bar.count += count
  }
  return bars
}
