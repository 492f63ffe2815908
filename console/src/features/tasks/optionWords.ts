import type { Options } from '@headway/client/rest'
import type { Formats } from '@/ui/formats'

type Translate = (key: string, values?: Record<string, unknown>) => string

const NAMES = 12
const MINUTE = 60

/** The options of a task as sentences. */
export function optionWords(options: Options, isAsync: boolean, t: Translate, formats: Formats): string[] {
  const say = (key: string, values: Record<string, unknown> = {}) => t(`option.${key}`, values)
  const names = (list: readonly string[]) => list.slice(0, NAMES).join(', ') + (list.length > NAMES ? ' …' : '')
  const { timeout_seconds: timeout, soft_timeout_seconds: soft, max_attempts: attempts, priority } = options
  const words = [timeout === null ? say('noTimeout') : say('timeout', { time: formats.duration(timeout) })]
  if (soft !== null) words.push(say('softTimeout', { time: formats.duration(soft) }))
  if (attempts <= 1) words.push(say('oneAttempt'))
  else {
    const first = formats.duration(options.retry_delay_seconds)
    words.push(say('attempts', { n: attempts, first, longest: formats.duration(options.retry_delay_max_seconds) }))
    if (options.retry_on.length > 0) words.push(say('retryOn', { names: names(options.retry_on) }))
    if (options.no_retry_on.length > 0) words.push(say('noRetryOn', { names: names(options.no_retry_on) }))
  }
  words.push(say('queue', { queue: options.queue }))
  if (priority !== 0)
    words.push(say(priority > 0 ? 'priority' : 'priorityLow', { priority, time: formats.duration(Math.abs(priority) * MINUTE) }))
  if (options.concurrency_key !== null) words.push(say('concurrency', { n: options.concurrency_limit ?? 1, key: options.concurrency_key }))
  if (options.is_resumable) words.push(say('resumable'))
  if (isAsync) words.push(say('lives'))
  return words
}
