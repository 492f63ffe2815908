/**
 * Where one looks in a list that may be taller than a browser lets an element be (Firefox stops at 17.8 million pixels).
 * Small moves go pixel by pixel; a drag of the bar goes in proportion; `rest` brings the bar back to where it belongs
 * once nothing moves, and nothing that is seen changes by that.
 */
export const TALLEST = 8_000_000

export interface Place {
  /** Pixels of the list above what is seen. */
  readonly top: number
  /** What the element's own scrollTop is then. */
  readonly bar: number
}

export interface Extent {
  readonly total: number
  readonly seen: number
}

export function tallness(extent: Extent): number {
  return Math.min(extent.total, TALLEST)
}

/** The element was scrolled, by whatever means, to `bar`. */
export function moved(before: Place, bar: number, extent: Extent): Place {
  if (extent.total <= TALLEST) return { top: bar, bar }
  const by = bar - before.bar
  const isJump = Math.abs(by) > 4 * extent.seen
  const isAtEdge = bar <= 0 || bar >= TALLEST - extent.seen
  const top = isJump || isAtEdge ? (bar / (TALLEST - extent.seen)) * lowest(extent) : before.top + by
  return { top: clamp(top, extent), bar }
}

export function placeAt(top: number, extent: Extent): Place {
  const wanted = clamp(top, extent)
  if (extent.total <= TALLEST) return { top: wanted, bar: wanted }
  return { top: wanted, bar: Math.round((wanted / lowest(extent)) * (TALLEST - extent.seen)) }
}

export function isAtEnd(place: Place, extent: Extent): boolean {
  return place.top >= lowest(extent) - 2
}

export function lowest(extent: Extent): number {
  return Math.max(0, extent.total - extent.seen)
}

function clamp(top: number, extent: Extent): number {
  return Math.min(Math.max(0, top), lowest(extent))
}
