/** Numbers as people read them. `conformance/formats.yaml` is the specification; the terminal answers to the same cases. */
import type { Language } from '../i18n/i18n'

export const nothing = '–'

/** A missing value and one that is no number look alike: an en dash. */
export function isNumber(value: number | null | undefined): value is number {
  return value != null && Number.isFinite(value)
}

/** Half up, away from zero for negative numbers: the same digits as in Python. */
export function rounded(value: number, digits = 0): number {
  const scale = 10 ** digits
  return (Math.sign(value) * Math.floor(Math.abs(value) * scale + 0.5)) / scale
}

function grouped(digits: string): string {
  const [whole = '', fraction] = digits.split('.')
  const commas = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? commas : `${commas}.${fraction}`
}

/** With exactly `digits` decimals and commas between thousands. */
export function fixed(value: number, digits: number): string {
  return grouped(rounded(value, digits).toFixed(digits))
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}

/** A number of things: `12,412`; a fraction keeps at most two decimals. */
export function formatCount(value: number | null | undefined): string {
  if (!isNumber(value)) return nothing
  return Number.isInteger(value) ? grouped(BigInt(value).toString()) : trimmed(fixed(value, 2))
}

/** A measured value, to four significant digits: `0.9877`, `12.35`, `12,346`, `1.2e-7`. */
export function formatNumber(value: number | null | undefined): string {
  if (!isNumber(value)) return nothing
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return formatCount(value)
  const exponent = Math.floor(Math.log10(Math.abs(value)))
  if (exponent < -4 || exponent >= 15) return `${trimmed(fixed(value / 10 ** exponent, 2))}e${exponent}`
  return trimmed(fixed(value, Math.max(0, 3 - exponent)))
}

/** Decimal units, as disks and networks count: `999 B`, `1.2 kB`, `34 MB`. */
export function formatBytes(value: number | null | undefined): string {
  if (!isNumber(value)) return nothing
  if (Math.abs(value) < 1000) return `${Math.trunc(value)} B`
  let rest = value
  for (const unit of ['kB', 'MB', 'GB', 'TB']) {
    rest /= 1000
    if (rounded(Math.abs(rest), 1) < 10) return `${fixed(rest, 1)} ${unit}`
    if (rounded(Math.abs(rest)) < 1000) return `${fixed(rest, 0)} ${unit}`
  }
  rest /= 1000
  return `${fixed(rest, rounded(Math.abs(rest), 1) < 10 ? 1 : 0)} PB`
}

function isBytes(unit: string | null | undefined): boolean {
  return unit === 'B' || unit === 'byte' || unit === 'bytes'
}

function compact(value: number): string {
  let rest = value
  let unit = ''
  for (unit of ['k', 'M', 'G', 'T']) {
    rest /= 1000
    if (rounded(rest) < 1000) break
  }
  return `${fixed(rest, rounded(rest, 1) < 100 ? 1 : 0)}${unit}`
}

/** Items a second; slow ones a minute or an hour: `12.3 rows/s`, `30/min`, `4 files/h`. */
export function formatRate(rate: number | null | undefined, unit: string | null | undefined, language: Language): string {
  if (!isNumber(rate) || rate < 0) return nothing
  const [second, minute, hour] = language === 'en' ? ['s', 'min', 'h'] : ['秒', '分', '小时']
  let amount = rate
  let word = second
  if (rate > 0 && rate < 1) [amount, word] = rate * 60 >= 1 ? [rate * 60, minute] : [rate * 3600, hour]
  if (isBytes(unit)) return `${formatBytes(amount)}/${word}`
  const digits = amount >= 10_000 ? compact(amount) : fixed(amount, rounded(amount, 1) < 100 ? 1 : 0).replace(/\.0$/, '')
  return unit ? `${digits} ${unit}/${word}` : `${digits}/${word}`
}

/** Cut, never rounded up: 99.99 % is not 100 %. One decimal from 1,000 things on. Unknown total: an empty text. */
export function formatPercent(done: number | null | undefined, total: number | null | undefined): string {
  if (done == null || total == null) return ''
  if (total <= 0) return done >= total ? '100%' : '0%'
  if (done >= total) return `${Math.floor((done * 100) / total)}%`
  const scale = total >= 1000 ? 10 : 1
  const cut = Math.min(Math.floor((done * 100 * scale) / total), 100 * scale - 1)
  return scale === 10 ? `${Math.floor(cut / 10)}.${((cut % 10) + 10) % 10}%` : `${cut}%`
}

/** `1,204 / 30,000 rows`; without a total `1,204 rows`; bytes as bytes. */
export function formatProgress(done: number | null | undefined, total: number | null | undefined, unit?: string | null): string {
  if (done == null) return ''
  const format = isBytes(unit) ? formatBytes : formatCount
  const amount = total == null ? format(done) : `${format(done)} / ${format(total)}`
  return unit && !isBytes(unit) ? `${amount} ${unit}` : amount
}
