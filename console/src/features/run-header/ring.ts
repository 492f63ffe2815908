/** The favicon: a ring that fills as the run goes on, and is whole, in the state's colour, once it has ended. */
export interface Ring {
  /** 0 to 1; null when nobody knows how much there is. */
  share: number | null
  colour: string
  isFinal: boolean
}

const RADIUS = 12
const ROUND = 2 * Math.PI * RADIUS

export function ringUrl({ share, colour, isFinal }: Ring): string {
  const paint = /^[#\w(),.%\s/-]{1,60}$/.test(colour) ? colour : '#71717a'
  const part = isFinal ? 1 : Math.min(1, Math.max(0, share ?? 0.25))
  const inner = isFinal ? `<circle cx="16" cy="16" r="6" fill="${paint}"/>` : ''
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="6">` +
    `<circle cx="16" cy="16" r="${RADIUS}" stroke="#8884"/>` +
    `<circle cx="16" cy="16" r="${RADIUS}" stroke="${paint}" stroke-dasharray="${(part * ROUND).toFixed(1)} ${ROUND.toFixed(1)}" transform="rotate(-90 16 16)"/>` +
    `${inner}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** How far a bar is, from 0 to 1. */
export function shareOf(bar: { done: number; total?: number } | undefined): number | null {
  if (bar?.total === undefined) return null
  return bar.total <= 0 ? 1 : Math.min(1, Math.max(0, bar.done / bar.total))
}
