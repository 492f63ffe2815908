import { randomKey } from '@/live/randomKey'

import { canonical } from './changes'
import type { JsonObject } from './schema'

/** What is sent to start a run; what is absent is left to the task. */
export interface StartWish {
  parameters: JsonObject
  name?: string
  tags?: string[]
  priority?: number
  run_after?: string
  queue?: string
  project?: string
  idempotency_key?: string
}

/** The part of the form beside the parameters, as it is typed. */
export interface Settings {
  name: string
  tags: string[]
  priority: number | null
  /** As `<input type="datetime-local">` has it. */
  runAfter: string
  queue: string
  project: string
  idempotencyKey: string
}

export const TAGS_LIMIT = 20
export const TAG_LENGTH = 64
export const NAME_LENGTH = 200

export function emptySettings(): Settings {
  return { name: '', tags: [], priority: null, runAfter: '', queue: '', project: '', idempotencyKey: '' }
}

export type SettingFault = { setting: keyof Settings; fault: 'too_long' | 'too_many' | 'not_a_time' | 'in_the_past' | 'slug' | 'range' }

/** What of the settings the server would refuse. */
export function faultsOf(settings: Settings, now: number): SettingFault[] {
  const found: SettingFault[] = []
  const isLong = (text: string): boolean => [...text].length > NAME_LENGTH
  if (isLong(settings.name)) found.push({ setting: 'name', fault: 'too_long' })
  if (isLong(settings.idempotencyKey)) found.push({ setting: 'idempotencyKey', fault: 'too_long' })
  if (settings.tags.length > TAGS_LIMIT) found.push({ setting: 'tags', fault: 'too_many' })
  else if (settings.tags.some((tag) => [...tag].length > TAG_LENGTH)) found.push({ setting: 'tags', fault: 'too_long' })
  for (const setting of ['queue', 'project'] as const) {
    if (isLong(settings[setting])) found.push({ setting, fault: 'too_long' })
    else if (/[\s/:*]/.test(settings[setting])) found.push({ setting, fault: 'slug' })
  }
  const { priority } = settings
  if (priority !== null && !(Number.isInteger(priority) && priority >= -10 && priority <= 10))
    found.push({ setting: 'priority', fault: 'range' })
  if (settings.runAfter !== '') {
    const at = new Date(settings.runAfter).getTime()
    if (Number.isNaN(at)) found.push({ setting: 'runAfter', fault: 'not_a_time' })
    else if (at <= now) found.push({ setting: 'runAfter', fault: 'in_the_past' })
  }
  return found
}

export function toWish(parameters: JsonObject, settings: Settings): StartWish {
  return {
    parameters,
    ...(settings.name.trim() !== '' && { name: settings.name.trim() }),
    ...(settings.tags.length > 0 && { tags: settings.tags }),
    ...(settings.priority !== null && { priority: settings.priority }),
    ...(settings.runAfter !== '' && { run_after: new Date(settings.runAfter).toISOString() }),
    ...(settings.queue !== '' && { queue: settings.queue }),
    ...(settings.project !== '' && { project: settings.project }),
    ...(settings.idempotencyKey !== '' && { idempotency_key: settings.idempotencyKey }),
  }
}

/**
 * The key under which a wish is sent: the same for the same wish until it has succeeded, so that neither a double click nor a second try
 * after a lost answer starts a second run; another for another wish.
 */
export class Keys {
  #wish = ''
  #key = ''

  keyFor(task: string, wish: StartWish): string {
    if (wish.idempotency_key !== undefined) return wish.idempotency_key
    const text = canonical({ task, ...wish } as JsonObject)
    if (text !== this.#wish) {
      this.#wish = text
      this.#key = randomKey()
    }
    return this.#key
  }

  /** The run was started: the same wish again is a new run. */
  forget(): void {
    this.#wish = ''
  }
}
