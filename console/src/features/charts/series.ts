import type { Point } from '@headway/client'
import type { Series } from '@headway/client/rest'

/** One line of a chart, as columns: seconds since 1970, and values; null breaks the line where another attempt begins. */
export interface Line {
  readonly key: string
  readonly name: string
  /** What tells it apart from lines of the same name. */
  readonly label: string
  readonly unit: string | null
  readonly xs: readonly number[]
  readonly ys: readonly (number | null)[]
  readonly count: number
  readonly last: number | null
  readonly least: number | null
  readonly most: number | null
}

/** Lines that are kept; the server sends as many. */
export const LINES_MOST = 64
/** Points of a line that are kept; beyond, neighbours are joined and the extremes stay. */
export const POINTS_MOST = 2_000

interface Growing {
  key: string
  name: string
  label: string
  unit: string | null
  xs: number[]
  ys: (number | null)[]
  seq: number
  attempt: number
  count: number
  last: number | null
  least: number | null
  most: number | null
}

/** The metrics of a run: what the server has kept, then what comes live. A point that is already there changes nothing. */
export class SeriesBook {
  private readonly lines = new Map<string, Growing>()
  leftOut = 0

  takeSeries(items: readonly Series[]): void {
    for (const item of items) {
      const key = keyOf(item.name, item.labels)
      if (!this.lines.has(key) && this.lines.size >= LINES_MOST) continue
      const live = this.lines.get(key)
      const line = begin(key, item.name, labelOf(item.labels), item.unit)
      for (const [seq, at, value, attempt] of item.points) if (at !== null) add(line, seq, at, value, attempt ?? 0)
      line.count = item.count
      // What came live while this was on its way is newer than its end.
      if (live) appendNewer(line, live)
      this.lines.set(key, line)
    }
  }

  takePoints(points: readonly Point[]): void {
    for (const point of points) {
      const key = keyOf(point.name, point.labels ?? {})
      let line = this.lines.get(key)
      if (!line) {
        if (this.lines.size >= LINES_MOST) {
          this.leftOut += 1
          continue
        }
        line = begin(key, point.name, labelOf(point.labels ?? {}), point.unit ?? null)
        this.lines.set(key, line)
      }
      if (point.seq <= line.seq) continue
      add(line, point.seq, Date.parse(point.at), point.value, point.attempt)
      line.count += 1
    }
  }

  /** Lines by the name of their metric, in the order in which they came. */
  groups(): Map<string, Line[]> {
    const groups = new Map<string, Line[]>()
    for (const line of this.lines.values()) {
      const group = groups.get(line.name)
      if (group) group.push(line)
      else groups.set(line.name, [line])
    }
    return groups
  }
}

function begin(key: string, name: string, label: string, unit: string | null): Growing {
  return { key, name, label, unit, xs: [], ys: [], seq: 0, attempt: 0, count: 0, last: null, least: null, most: null }
}

function add(line: Growing, seq: number, at: number, value: number, attempt: number): void {
  const x = at / 1000
  const before = line.xs.at(-1)
  // A chart's time never goes back: a source whose clock was put back goes on at the same place.
  const after = before === undefined ? x : Math.max(x, before)
  if (line.xs.length > 0 && attempt !== line.attempt) {
    line.xs.push(after)
    line.ys.push(null)
  }
  line.xs.push(after)
  line.ys.push(value)
  line.seq = seq
  line.attempt = attempt
  line.last = value
  line.least = line.least === null ? value : Math.min(line.least, value)
  line.most = line.most === null ? value : Math.max(line.most, value)
  if (line.xs.length > POINTS_MOST) thin(line)
}

function appendNewer(line: Growing, live: Growing): void {
  const end = line.xs.at(-1) ?? -Infinity
  live.xs.forEach((x, at) => {
    const value = live.ys[at]
    if (x > end && value != null) add(line, Math.max(line.seq + 1, live.seq - live.xs.length + at), x * 1000, value, live.attempt)
  })
  line.seq = Math.max(line.seq, live.seq)
}

/** Halves the older three quarters: of four points the least and the greatest stay, breaks always. */
function thin(line: Growing): void {
  const keepFrom = Math.floor(line.xs.length * 0.75)
  const xs: number[] = []
  const ys: (number | null)[] = []
  for (let at = 0; at < keepFrom; at += 4) {
    const four = [0, 1, 2, 3].map((by) => at + by).filter((one) => one < keepFrom)
    const breaks = four.filter((one) => line.ys[one] === null)
    const values = four.filter((one) => line.ys[one] !== null)
    const byValue = [...values].sort((a, b) => (line.ys[a] ?? 0) - (line.ys[b] ?? 0))
    const kept = new Set([...breaks, byValue[0], byValue.at(-1)])
    for (const one of four) {
      if (!kept.has(one)) continue
      xs.push(line.xs[one] ?? 0)
      ys.push(line.ys[one] ?? null)
    }
  }
  line.xs = [...xs, ...line.xs.slice(keepFrom)]
  line.ys = [...ys, ...line.ys.slice(keepFrom)]
}

function keyOf(name: string, labels: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}

function labelOf(labels: Readonly<Record<string, unknown>>): string {
  return Object.entries(labels)
    .map(([label, text]) => `${label}=${String(text)}`)
    .join(' ')
}
