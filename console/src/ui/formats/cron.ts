/** Schedules as sentences: `every day at 02:30`. A pattern that has none stays as it is. */
import type { Language } from '../i18n/i18n'
import { nothing } from './numbers'

const longMonths = 'January February March April May June July August September October November December'.split(' ')
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const chineseDays = '日一二三四五六'

const macros: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

type Fields = [minute: string, hour: string, day: string, month: string, weekday: string]

export function formatCron(expression: string | null | undefined, language: Language): string {
  if (expression == null) return nothing
  const pattern = expression.trim()
  const fields = (macros[pattern.toLowerCase()] ?? pattern).split(/\s+/)
  if (fields.length !== 5) return pattern
  return often(fields as Fields, language) ?? atTimes(fields as Fields, language) ?? pattern
}

/** What comes every so many minutes or hours. */
function often([minute, hour, ...days]: Fields, language: Language): string | null {
  if (days.some((field) => field !== '*')) return null
  const isEnglish = language === 'en'
  const minuteStep = hour === '*' ? step(minute, 60) : null
  if (minuteStep === 1) return isEnglish ? 'every minute' : '每分钟'
  if (minuteStep) return isEnglish ? `every ${minuteStep} minutes` : `每 ${minuteStep} 分钟`
  const hourStep = step(hour, 24)
  const minutes = numbers(minute, 0, 59)
  if (!hourStep || minutes?.length !== 1) return null
  const each = isEnglish ? (hourStep === 1 ? 'every hour' : `every ${hourStep} hours`) : hourStep === 1 ? '每小时' : `每 ${hourStep} 小时`
  if (minutes[0] === 0) return each
  return isEnglish ? `${each} at :${twoDigits(minutes[0])}` : `${each}的第 ${minutes[0]} 分`
}

/** How far apart, where that is the same all day: every 7 minutes would begin anew with each hour. */
function step(field: string, size: number): number | null {
  if (field === '*') return 1
  const found = Number(/^\*\/(\d{1,2})$/.exec(field)?.[1] ?? 0)
  return found && found < size && size % found === 0 ? found : null
}

/** What comes on certain days at certain times. */
function atTimes([minute, hour, ...rest]: Fields, language: Language): string | null {
  const minutes = numbers(minute, 0, 59)
  const hours = numbers(hour, 0, 23)
  const when = onDays(rest, language)
  if (minutes?.length !== 1 || !hours || !when) return null
  const times = hours.map((each) => `${twoDigits(each)}:${twoDigits(minutes[0])}`)
  return language === 'en' ? `${when} at ${listed(times)}` : `${when} ${times.join('、')}`
}

function onDays([day, month, weekday]: [string, string, string], language: Language): string | null {
  const isEnglish = language === 'en'
  if (day === '*' && month === '*') return weekday === '*' ? (isEnglish ? 'every day' : '每天') : onWeekdays(weekday, language)
  const days = numbers(day, 1, 31)
  if (weekday !== '*' || !days) return null
  if (month === '*') {
    if (!isEnglish) return `每月 ${days.map((each) => `${each} 日`).join('、')}`
    return `on day${days.length > 1 ? 's' : ''} ${listed(days.map(String))} of every month`
  }
  const months = numbers(month, 1, 12)
  if (months?.length !== 1 || days.length !== 1) return null
  return isEnglish ? `every year on ${longMonths[(months[0] ?? 1) - 1]} ${days[0]}` : `每年 ${months[0]} 月 ${days[0]} 日`
}

function onWeekdays(names: string, language: Language): string | null {
  const field = dayNames.reduce((text, name, index) => text.replace(new RegExp(name.slice(0, 3), 'gi'), String(index)), names)
  const english = (number: number) => dayNames[number % 7] ?? ''
  const chinese = (number: number) => `周${chineseDays[number % 7]}`
  const ends = field.split('-')
  if (ends.length > 1) {
    const [first, last] = ends.map((end) => numbers(end, 0, 7))
    if (ends.length !== 2 || first?.length !== 1 || last?.length !== 1) return null
    const [from, to] = [first[0] ?? 0, last[0] ?? 0]
    if (from >= to) return null
    return language === 'en' ? `${english(from)} to ${english(to)}` : `${chinese(from)}至${chinese(to)}`
  }
  const days = numbers(field, 0, 7)
  if (!days) return null
  // The week is told from Monday on, in both languages.
  const ordered = [...new Set(days.map((day) => day || 7))].sort((a, b) => a - b)
  return language === 'en' ? `every ${listed(ordered.map(english))}` : `每${ordered.map(chinese).join('、')}`
}

/** Numbers of a list, in order and once each; null for any other pattern. */
function numbers(field: string, least: number, most: number): number[] | null {
  if (!/^\d{1,2}(,\d{1,2})*$/.test(field)) return null
  const found = [...new Set(field.split(',').map(Number))].sort((a, b) => a - b)
  return found.every((number) => number >= least && number <= most) ? found : null
}

function twoDigits(number: number | undefined): string {
  return String(number ?? 0).padStart(2, '0')
}

function listed(words: string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
