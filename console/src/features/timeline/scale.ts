/** Time as room on the screen. Times are milliseconds since 1970, places pixels from the left. */
export type Stretch = readonly [from: number, to: number]

interface Gap {
  readonly from: number
  readonly to: number
  readonly x: number
  readonly width: number
}

export interface Tick {
  readonly at: number
  readonly x: number
  /** Milliseconds since the beginning of everything. */
  readonly since: number
}

export interface Scale {
  readonly from: number
  readonly to: number
  readonly width: number
  readonly gaps: readonly Gap[]
  x(at: number): number
  time(x: number): number
}

/** A folded gap takes this much room, however long it was. */
export const GAP_WIDTH = 28
/** Idle time is folded when it would take more than this share of what is seen … */
const GAP_SHARE = 0.12
/** … and is at least this long: a pause of a second is part of the picture. */
const GAP_LEAST_MS = 2_000
const GAPS_MOST = 40

/** Overlapping stretches become one; in order. */
export function merged(stretches: readonly Stretch[]): Stretch[] {
  const result: [number, number][] = []
  for (const [from, to] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

/** Stretches within `window` in which nothing happened, and which are long enough to be folded. */
export function idle(busy: readonly Stretch[], window: Stretch): Stretch[] {
  const least = Math.max(GAP_LEAST_MS, (window[1] - window[0]) * GAP_SHARE)
  const gaps: Stretch[] = []
  let at = window[0]
  for (const [from, to] of merged(busy)) {
    if (from - at >= least) gaps.push([Math.max(at, window[0]), Math.min(from, window[1])])
    at = Math.max(at, to)
    if (at >= window[1]) break
  }
  if (window[1] - at >= least) gaps.push([at, window[1]])
  return gaps.filter(([from, to]) => to - from >= least).slice(0, GAPS_MOST)
}

interface Part {
  readonly from: number
  readonly to: number
  readonly x: number
  readonly width: number
  readonly isGap: boolean
}

export function makeScale(window: Stretch, width: number, gaps: readonly Stretch[]): Scale {
  const parts = partsOf(window, width, gaps)
  return {
    from: window[0],
    to: window[1],
    width,
    gaps: parts.filter((part) => part.isGap).map(({ from, to, x, width: room }) => ({ from, to, x, width: room })),
    x: (at) => {
      const part = parts.find((one) => at <= one.to) ?? parts.at(-1)
      return part ? between(at, part.from, part.to, part.x, part.width) : 0
    },
    time: (x) => {
      const part = parts.find((one) => x <= one.x + one.width) ?? parts.at(-1)
      return part ? between(x, part.x, part.x + part.width, part.from, part.to - part.from) : window[0]
    },
  }
}

function partsOf(window: Stretch, width: number, gaps: readonly Stretch[]): Part[] {
  const idleTime = gaps.reduce((sum, [from, to]) => sum + (to - from), 0)
  const busyTime = Math.max(1, window[1] - window[0] - idleTime)
  const gapWidth = Math.min(GAP_WIDTH, width / 2 / Math.max(1, gaps.length))
  const perMs = Math.max(0, width - gapWidth * gaps.length) / busyTime
  const parts: Part[] = []
  let at = window[0]
  let x = 0
  const add = (to: number, room: number, isGap: boolean): void => {
    parts.push({ from: at, to, x, width: room, isGap })
    at = to
    x += room
  }
  for (const [from, to] of gaps) {
    if (from > at) add(from, (from - at) * perMs, false)
    add(to, gapWidth, true)
  }
  if (window[1] > at || parts.length === 0) add(Math.max(window[1], at + 1), Math.max(0, width - x), false)
  return parts
}

function between(value: number, low: number, high: number, from: number, room: number): number {
  return high <= low ? from : from + ((value - low) / (high - low)) * room
}

const ROUND_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3, 3_600e3, 7_200e3,
  14_400e3, 28_800e3, 43_200e3, 86_400e3,
]

/** Round times since `origin`, at least `room` pixels apart, none within a folded gap. */
export function ticks(scale: Scale, origin: number, room = 90): Tick[] {
  const busy = scale.to - scale.from - scale.gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  const pixels = Math.max(1, scale.width - scale.gaps.reduce((sum, gap) => sum + gap.width, 0))
  const least = (busy / pixels) * room
  const step = ROUND_MS.find((one) => one >= least) ?? Math.ceil(least / 86_400e3) * 86_400e3
  const found: Tick[] = []
  let last = -Infinity
  for (const [from, to] of busyStretches(scale)) {
    for (let since = Math.max(0, Math.ceil((from - origin) / step) * step); since <= to - origin; since += step) {
      const x = scale.x(origin + since)
      if (x - last >= room * 0.8) {
        found.push({ at: origin + since, x, since })
        last = x
      }
      if (found.length > 200) return found
    }
  }
  return found
}

function busyStretches(scale: Scale): Stretch[] {
  const stretches: Stretch[] = []
  let at = scale.from
  for (const gap of scale.gaps) {
    stretches.push([at, gap.from])
    at = gap.to
  }
  stretches.push([at, scale.to])
  return stretches
}

/** A window after zooming by `factor` around a moment, kept within all there is. */
export function zoomed(window: Stretch, around: number, factor: number, all: Stretch): Stretch {
  const share = (around - window[0]) / Math.max(1, window[1] - window[0])
  const length = Math.min(all[1] - all[0], Math.max(20, (window[1] - window[0]) * factor))
  const from = Math.min(Math.max(all[0], around - share * length), all[1] - length)
  return [from, from + length]
}
