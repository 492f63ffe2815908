import type { Task } from '@headway/client/rest'
import type { LocationQuery } from 'vue-router'

import { Problem, rest } from '@/live/rest'

import { isObject, type JsonObject, type Schema } from './schema'
import { fromAddress } from './values'
import { NAME_LENGTH, type Settings } from './wish'

export interface Beginning {
  parameters?: JsonObject
  settings?: Partial<Settings>
  /** The address says what to begin with: what was typed before does not come back over it. */
  isFresh: boolean
  /** The run or preset named in the address is not there. */
  isMissing: boolean
}

/** What a form begins with by its address: `?from=<run>`, `?preset=<id>`, and single ones by `?p.name=value`. */
export async function readBeginning(task: Task, query: LocationQuery, signal: AbortSignal): Promise<Beginning> {
  const from = word(query['from'])
  const preset = word(query['preset'])
  const single = singleOnes(query, task.parameter_schema as Schema)
  const isFresh = from !== null || preset !== null || Object.keys(single).length > 0
  try {
    if (from !== null) {
      const run = await rest.showRun({ path: { run: from }, signal })
      const name = typeof run['name'] === 'string' && run['name'] !== task.name ? run['name'] : ''
      const tags = Array.isArray(run['tags']) ? (run['tags'] as string[]).filter((tag) => !task.options.tags.includes(tag)) : []
      return { parameters: { ...objectOf(run['parameters']), ...single }, settings: { name, tags }, isFresh, isMissing: false }
    }
    if (preset !== null) {
      const { items } = await rest.listPresets({ path: { task: task.name }, query: { limit: 100 }, signal })
      const found = items.find(({ id }) => id === preset)
      return { parameters: { ...objectOf(found?.parameters), ...single }, isFresh, isMissing: found === undefined }
    }
  } catch (error) {
    // Not there, or not for this person's eyes: the form stands without it, and says so.
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return { parameters: single, isFresh, isMissing: true }
  }
  return { parameters: single, isFresh, isMissing: false }
}

function word(value: LocationQuery[string] | undefined): string | null {
  const first = Array.isArray(value) ? value[0] : value
  return first == null || first === '' || first.length > NAME_LENGTH ? null : first
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function singleOnes(query: LocationQuery, schema: Schema): JsonObject {
  const found: JsonObject = {}
  for (const [key, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value[0] : value
    const name = key.startsWith('p.') ? key.slice(2) : ''
    if (name !== '' && text != null) found[name] = fromAddress(text, schema.properties?.[name], schema)
  }
  return found
}
