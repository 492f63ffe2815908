/** Spans of time as people read them; seconds in, text out. */
import type { Language } from '../i18n/i18n'
import { fixed, isNumber, nothing, rounded } from './numbers'

type Seconds = number | null | undefined

const units = {
  en: { ms: ' ms', s: ' s', smallS: 's', m: 'm', h: 'h', d: 'd' },
  'zh-CN': { ms: ' 毫秒', s: ' 秒', smallS: ' 秒', m: ' 分', h: ' 小时', d: ' 天' },
}

const minute = 60
const hour = 3600
const day = 86_400

/** Two units, largest first; a smaller unit of zero is left out. */
function parts(whole: number, language: Language): string {
  const word = units[language]
  const [large, small]: [string, [number, string]] =
    whole < hour
      ? [`${Math.floor(whole / minute)}${word.m}`, [whole % minute, word.smallS]]
      : whole < day
        ? [`${Math.floor(whole / hour)}${word.h}`, [Math.floor((whole % hour) / minute), word.m]]
        : [`${Math.floor(whole / day)}${word.d}`, [Math.floor((whole % day) / hour), word.h]]
  return small[0] ? `${large} ${small[0]}${small[1]}` : large
}

/** How long something took: `125 ms`, `3.4 s`, `42 s`, `3m 12s`, `2h 5m`, `3d 4h`. Below zero (clocks differ) is 0. */
export function formatDuration(seconds: Seconds, language: Language): string {
  if (!isNumber(seconds)) return nothing
  const word = units[language]
  if (seconds <= 0) return `0${word.s}`
  if (rounded(seconds, 3) < 1) return `${Math.max(1, rounded(seconds * 1000))}${word.ms}`
  if (rounded(seconds, 1) < 10) return `${fixed(seconds, 1)}${word.s}`
  const whole = rounded(seconds)
  return whole < minute ? `${whole}${word.s}` : parts(whole, language)
}

/** A duration that goes on, as a clock that ticks whole seconds shows it: `7 s`, `1m 5s`. */
export function formatElapsed(seconds: Seconds, language: Language): string {
  if (!isNumber(seconds)) return nothing
  const whole = Math.floor(Math.max(0, seconds))
  return whole < minute ? `${whole}${units[language].s}` : parts(whole, language)
}

/** Time that is left, no more exact than it can be known: whole seconds below a minute, then 5 s, then minutes. */
export function formatEta(seconds: Seconds, language: Language): string {
  if (!isNumber(seconds)) return nothing
  const whole = rounded(Math.max(0, seconds))
  if (whole < 1) return language === 'en' ? '< 1 s' : '不到 1 秒'
  if (whole < minute) return `${whole}${units[language].s}`
  const step = whole < hour ? 5 : minute
  return parts(Math.floor(whole / step) * step, language)
}

/** From how many seconds on, of the upper end, a range is counted in which unit. */
const rangeUnits = [
  { from: 172_800, size: day, en: 'd', 'zh-CN': '天' },
  { from: 7200, size: hour, en: 'h', 'zh-CN': '小时' },
  { from: 120, size: minute, en: 'min', 'zh-CN': '分钟' },
  { from: 0, size: 1, en: 's', 'zh-CN': '秒' },
]

/** Before this nothing is said about the time left: a rate of a moment is no rate. */
const firstWordSeconds = 3

/** Time that is left, from the least to the most: `5–9 min`. The rule stands in `conformance/formats.yaml`. */
export function formatEtaRange(
  seconds: Seconds,
  done: number | null | undefined,
  total: number | null | undefined,
  elapsedSeconds: Seconds,
  language: Language,
): string {
  if (!isNumber(seconds)) return nothing
  if (done == null || total == null || total <= 0) return formatEta(seconds, language)
  if (done <= 0 || (elapsedSeconds != null && elapsedSeconds < firstWordSeconds)) return nothing
  const left = Math.max(0, seconds)
  const spread = (1 - Math.min(1, done / total)) / 2
  const [low, high] = [left * (1 - spread), left * (1 + spread)]
  return high < 1 ? formatEta(0, language) : range(low, high, language)
}

/** A time that lies between two: `3–4 min`. Both ends as in `formatEtaRange`. */
export function formatSpell(low: Seconds, high: Seconds, language: Language): string {
  if (!isNumber(low) || !isNumber(high)) return nothing
  return high < 1 ? formatEta(0, language) : range(Math.max(0, low), high, language)
}

/** A time that is not known exactly, in one unit: `about 3 min`. */
export function formatAbout(seconds: Seconds, language: Language): string {
  if (!isNumber(seconds)) return nothing
  if (seconds < 1) return formatEta(0, language)
  const unit = unitOf(seconds)
  const step = stepOf(unit.size, seconds)
  const amount = Math.max(step, Math.floor(seconds / unit.size / step + 0.5) * step)
  return language === 'en' ? `about ${amount} ${unit.en}` : `约 ${amount} ${unit['zh-CN']}`
}

function unitOf(seconds: number) {
  return rangeUnits.find(({ from }) => seconds >= from) ?? { size: 1, en: 's', 'zh-CN': '秒' }
}

function stepOf(size: number, seconds: number): number {
  return size === 1 || (size === minute && seconds > 1800) ? 5 : 1
}

function range(low: number, high: number, language: Language): string {
  const unit = unitOf(high)
  const step = stepOf(unit.size, high)
  const first = Math.floor(low / unit.size / step) * step
  const last = Math.ceil(high / unit.size / step) * step
  const word = unit[language]
  if (first === 0) return language === 'en' ? `< ${last} ${word}` : `不到 ${last} ${word}`
  return first === last ? `${last} ${word}` : `${first}–${last} ${word}`
}

/** How long ago, in one unit: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function formatAgo(seconds: Seconds, language: Language): string {
  if (!isNumber(seconds)) return nothing
  const whole = Math.floor(Math.max(0, seconds))
  if (whole < 5) return language === 'en' ? 'now' : '刚刚'
  const unit = [...rangeUnits].find(({ size }) => whole >= size) ?? { size: 1, en: 's', 'zh-CN': '秒' }
  const amount = Math.floor(whole / unit.size)
  return language === 'en' ? `${amount} ${unit.en} ago` : `${amount} ${unit['zh-CN']}前`
}

/** Age of the newest news: whole milliseconds below a second. */
export function formatLag(seconds: Seconds, language: Language): string {
  return isNumber(seconds) ? formatDuration(Math.max(0.001, seconds), language) : nothing
}
