import type { RunState } from '@headway/client'

import { STATES } from '@/ui/states'

/** How the cells of a family lie in a strip of a width; `merged` children share one cell where each would be too narrow to be seen. */
export interface Layout {
  cellWidth: number
  columns: number
  rows: number
  merged: number
}

export const ROW_PX = 16
const GAP_PX = 2
const LEAST_PX = 5
const MOST_PX = 26
const ROWS_MOST = 4

export function layOut(count: number, width: number): Layout {
  const room = Math.max(LEAST_PX, Math.floor(width))
  const cellWidth = Math.min(MOST_PX, Math.max(LEAST_PX, Math.floor(room / Math.max(1, count))))
  const columns = Math.max(1, Math.floor(room / cellWidth))
  const merged = Math.max(1, Math.ceil(count / (columns * ROWS_MOST)))
  return { cellWidth, columns, rows: Math.max(1, Math.ceil(count / merged / columns)), merged }
}

/** Where several share a cell, the one that needs a look gives it its state. */
const URGENCY: readonly RunState[] = [
  'failed', 'timed_out', 'lost', 'cancelling', 'pausing', 'retrying', 'running', 'paused', 'awaiting_approval', 'queued', 'scheduled',
  'cancelled', 'succeeded',
] // prettier-ignore
const urgency = new Map(URGENCY.map((state, at) => [state as string, at]))

export interface Cell {
  /** Of the first of the children that share it. */
  first: number
  /** How many share it. */
  count: number
  /** The child that gives it its state: the one that opens. */
  place: number
  state: string
}

export function cellsOf(letters: string, names: Readonly<Record<string, string>>, merged: number): Cell[] {
  const cells: Cell[] = []
  for (let first = 0; first < letters.length; first += merged) {
    const count = Math.min(merged, letters.length - first)
    let [place, best] = [first, URGENCY.length]
    for (let at = first; at < first + count; at += 1) {
      const rank = urgency.get(names[letters[at] ?? ''] ?? '') ?? URGENCY.length
      if (rank < best) [place, best] = [at, rank]
    }
    cells.push({ first, count, place, state: names[letters[place] ?? ''] ?? 'unknown' })
  }
  return cells
}

/** How many of those that share a cell are in each state, the most urgent first. */
export function statesIn(
  { first, count }: Cell,
  letters: string,
  names: Readonly<Record<string, string>>,
): { state: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const letter of letters.slice(first, first + count)) {
    const state = names[letter] ?? 'unknown'
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const rank = (state: string): number => urgency.get(state) ?? URGENCY.length
  return [...counts].map(([state, of]) => ({ state, count: of })).sort((a, b) => rank(a.state) - rank(b.state))
}

/** The shape of a state beside its colour: [top, height] of each part of the cell, as shares of it. */
const FULL = [[0, 1]] as const
const SHAPES: Partial<Record<string, readonly (readonly [number, number])[]>> = {
  succeeded: FULL,
  failed: [[0, 0.38], [0.62, 0.38]],
  timed_out: [[0, 0.25], [0.375, 0.25], [0.75, 0.25]],
  lost: [[0, 0.2], [0.8, 0.2]],
  running: [[0.35, 0.65]],
  retrying: [[0.35, 0.2], [0.7, 0.3]],
  pausing: [[0.5, 0.5]],
  paused: [[0.4, 0.2]],
  cancelling: [[0.55, 0.2], [0.85, 0.15]],
  cancelled: [[0.44, 0.12]],
} // prettier-ignore
const WAITING = [[0.82, 0.18]] as const

/** One path for each state that a cell has, in the order of the states. */
export function pathsOf(cells: readonly Cell[], { cellWidth, columns }: Layout): { state: string; path: string }[] {
  const paths = new Map<string, string[]>()
  cells.forEach(({ state }, at) => {
    const parts = paths.get(state) ?? []
    paths.set(state, parts)
    const [x, y] = [(at % columns) * cellWidth, Math.floor(at / columns) * ROW_PX]
    for (const [top, height] of SHAPES[state] ?? WAITING)
      parts.push(`M${x} ${y + top * (ROW_PX - GAP_PX)}h${cellWidth - 1}v${height * (ROW_PX - GAP_PX)}h${1 - cellWidth}z`)
  })
  const order = (state: string): number => STATES.indexOf(state as RunState)
  return [...paths].map(([state, parts]) => ({ state, path: parts.join('') })).sort((a, b) => order(a.state) - order(b.state))
}

/** The cell under a point of the strip; null: there is none. */
export function cellAt(x: number, y: number, count: number, { cellWidth, columns }: Layout): number | null {
  const column = Math.floor(x / cellWidth)
  const at = Math.floor(y / ROW_PX) * columns + column
  return x < 0 || y < 0 || column >= columns || at >= count ? null : at
}
