/** Moments as people read them; ISO 8601 in, text out. A text that is no time stays as it is. */
import type { Language } from '../i18n/i18n'
import { nothing } from './numbers'

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

interface Moment {
  year: number
  month: number
  day: number
  clock: string
  seconds: string
}

const readers = new Map<string, Intl.DateTimeFormat>()

/** Building an Intl reader costs about 50 µs, so each zone has one. */
function reader(zone: string | undefined): Intl.DateTimeFormat {
  const key = zone ?? ''
  let found = readers.get(key)
  if (!found) {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
    found = new Intl.DateTimeFormat('en-US', { ...parts, hourCycle: 'h23', ...(zone ? { timeZone: zone } : {}) })
    readers.set(key, found)
  }
  return found
}

function read(at: string | number, zone: string | undefined): Moment {
  const part = Object.fromEntries(
    reader(zone)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
  return {
    year: Number(part['year']),
    month: Number(part['month']),
    day: Number(part['day']),
    clock: `${part['hour']}:${part['minute']}`,
    seconds: part['second'] ?? '00',
  }
}

/** Day and time: `Nov 22, 09:30`; with the year where it is not that of `now`. `zone`: an IANA name; none: the reader's own. */
export function formatDate(
  at: string | null | undefined,
  now: string | number,
  zone: string | null | undefined,
  language: Language,
): string {
  if (at == null) return nothing
  try {
    const when = read(at, zone ?? undefined)
    const isFar = when.year !== read(now, zone ?? undefined).year
    if (language === 'zh-CN') return `${isFar ? `${when.year}年` : ''}${when.month}月${when.day}日 ${when.clock}`
    return `${months[when.month - 1]} ${when.day}, ${isFar ? `${when.year}, ` : ''}${when.clock}`
  } catch (error) {
    if (error instanceof RangeError) return at
    throw error
  }
}

/** Clocks of whole minutes, by zone and minute since 1970: the lines of a log ask for the same ones again and again, and Intl takes 10 µs. */
const minutes = new Map<string, string>()
const MINUTES_LIMIT = 2_000

/** Time of day: `09:30:00`. */
export function formatClock(at: string, zone?: string): string {
  const seconds = Math.floor(Date.parse(at) / 1000)
  // Before 1972 clocks of some zones differed from ours by odd seconds.
  if (!(seconds > 63_072_000)) return slowClock(at, zone)
  const key = `${zone ?? ''} ${Math.floor(seconds / 60)}`
  let minute = minutes.get(key)
  if (minute === undefined) {
    minute = slowClock(at, zone).slice(0, 5)
    if (minutes.size >= MINUTES_LIMIT) minutes.clear()
    minutes.set(key, minute)
  }
  return `${minute}:${String(seconds % 60).padStart(2, '0')}`
}

function slowClock(at: string, zone: string | undefined): string {
  try {
    const when = read(at, zone)
    return `${when.clock}:${when.seconds}`
  } catch (error) {
    if (error instanceof RangeError) return at
    throw error
  }
}
