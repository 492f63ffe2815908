const UNITS: Record<string, number> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 }
const ISO = /^P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/i

/** Seconds that a text means: `90`, `1h 30m`, `1.5 h`, or ISO 8601 up to weeks (`PT1H30M`); null: none. */
export function readDuration(text: string): number | null {
  const plain = text.trim()
  if (plain === '') return null
  if (/^\d+(\.\d+)?$/.test(plain)) return Number(plain)
  const iso = ISO.exec(plain)
  if (iso && iso.slice(1).some((part) => part !== undefined)) {
    const seconds = iso.slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * (Object.values(UNITS)[index] ?? 0), 0)
    return Number.isFinite(seconds) ? seconds : null
  }
  if (!/^(\d+(\.\d+)?\s*[wdhms]\s*)+$/i.test(plain)) return null
  const parts = plain.matchAll(/(\d+(?:\.\d+)?)\s*([wdhms])/gi)
  return [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[(unit ?? '').toLowerCase()] ?? 0), 0)
}

/** Seconds as text that `readDuration` reads: `1h 30m`. */
export function writeDuration(seconds: number): string {
  if (!Number.isInteger(seconds)) return `${String(seconds)}s`
  const parts: string[] = []
  let left = seconds
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] ?? 1
    const count = Math.floor(left / size)
    if (count > 0) parts.push(`${String(count)}${unit}`)
    left -= count * size
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}
