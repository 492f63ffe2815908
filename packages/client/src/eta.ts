/** When a run will end: the same as `model/eta.py`, for every moment between two answers of the server. `conformance/eta` has the cases. */
import type { Guide, Knot, Spell } from './rest/generated/types.gen'

export type { Guide, Spell }

export interface Estimate {
  left: Spell
  basis: 'rate' | 'history' | 'both'
  slowness: number | null
  is_slower_than_usual: boolean
}

/** What is known of a run at a moment; `age_seconds`: how long ago its bar said `done` and `total`. */
export interface Seen {
  elapsed_seconds: number
  done?: number | null
  total?: number | null
  age_seconds?: number
}

const KNOTS = 20
const LEAST_ELAPSED_SECONDS = 1
const SLOWER_FACTOR = 1.25
const FEWEST_LONGER = 3

type Found = { left: Spell; basis: Estimate['basis'] } | null

/** Null: nothing honest can be said. */
export function estimate(guide: Guide, { elapsed_seconds: elapsed, done, total, age_seconds: age = 0 }: Seen): Estimate | null {
  const found =
    done != null && total != null && total > 0 && done >= 0
      ? byProgress(guide, Math.min(1, done / total), Math.max(0, elapsed - age), age)
      : byTime(guide, elapsed)
  if (found === null) return null
  const { usual } = guide
  const slowness = usual === null || usual.middle <= 0 ? null : (elapsed + found.left.middle) / usual.middle
  const isSlower = slowness !== null && usual !== null && slowness >= SLOWER_FACTOR && elapsed + found.left.low > usual.high
  return { ...found, slowness, is_slower_than_usual: isSlower }
}

function byProgress(guide: Guide, part: number, elapsed: number, age: number): Found {
  if (part >= 1) return { left: { low: 0, middle: 0, high: 0 }, basis: 'rate' }
  const { share, left_seconds: usually, rate_weight: weight, low, high } = knotAt(guide.knots, part)
  const pace = part > 0 && share > 0 && share < 1 && elapsed >= LEAST_ELAPSED_SECONDS ? (elapsed * (1 - share)) / share : null
  if (usually === null && pace === null) return null
  const isBoth = pace !== null && usually !== null && usually > 0
  const both = () => ((pace ?? 0) > 0 ? Math.exp(weight * Math.log(pace ?? 0) + (1 - weight) * Math.log(usually ?? 0)) : 0)
  const middle = isBoth ? both() : (pace ?? usually ?? 0)
  // The bar stands still for longer than all that was left: nobody knows.
  if (age > middle * Math.exp(high)) return null
  const later = (seconds: number) => Math.max(0, seconds - age)
  const left = { low: later(middle * Math.exp(low)), middle: later(middle), high: later(middle * Math.exp(high)) }
  return { left, basis: isBoth ? 'both' : pace !== null ? 'rate' : 'history' }
}

function byTime(guide: Guide, elapsed: number): Found {
  const longer = guide.durations.filter((duration) => duration > elapsed).map((duration) => duration - elapsed)
  if (longer.length < FEWEST_LONGER) return null
  return { left: { low: rank(longer, 0.1), middle: rank(longer, 0.5), high: rank(longer, 0.9) }, basis: 'history' }
}

function knotAt(knots: readonly Knot[], part: number): Knot {
  const place = part * KNOTS
  const at = Math.min(KNOTS - 1, Math.floor(place))
  const before = knots[at] ?? { share: 0, left_seconds: null, rate_weight: 1, low: 0, high: 0 }
  const after = knots[at + 1] ?? { ...before, share: 1, left_seconds: before.left_seconds === null ? null : 0 }
  const between = (first: number, second: number) => first + (second - first) * (place - at)
  return {
    share: between(before.share, after.share),
    left_seconds: before.left_seconds === null || after.left_seconds === null ? null : between(before.left_seconds, after.left_seconds),
    rate_weight: between(before.rate_weight, after.rate_weight),
    low: between(before.low, after.low),
    high: between(before.high, after.high),
  }
}

function rank(ordered: readonly number[], share: number): number {
  const place = Math.min(ordered.length - 1, Math.max(0, share * (ordered.length + 1) - 1))
  const low = Math.floor(place)
  const first = ordered[low] ?? 0
  return first + ((ordered[Math.min(low + 1, ordered.length - 1)] ?? first) - first) * (place - low)
}
