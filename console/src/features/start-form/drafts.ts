import type { JsonObject, Schema } from './schema'
import { isObject } from './schema'
import { withoutSecrets } from './secrets'
import { emptySettings, type Settings } from './wish'

/** What was typed and not yet sent: kept for this tab, so that a reload loses nothing. Secrets are never kept. */
export interface Draft {
  parameters: JsonObject
  settings: Settings
}

const DRAFT_LIMIT = 300_000

function draftKey(task: string): string {
  return `headway.draft.${task}`
}

export function keepDraft(storage: Storage, task: string, draft: Draft, schema: Schema): boolean {
  const parameters = withoutSecrets(draft.parameters, schema, schema)
  const text = JSON.stringify({ ...draft, parameters })
  try {
    if (text.length > DRAFT_LIMIT) {
      storage.removeItem(draftKey(task)) // an older draft would come back in its place
      return false
    }
    storage.setItem(draftKey(task), text)
    return true
  } catch {
    return false // full or forbidden: the page itself still has it
  }
}

export function readDraft(storage: Storage, task: string): Draft | null {
  try {
    const found: unknown = JSON.parse(storage.getItem(draftKey(task)) ?? 'null')
    if (!isObject(found) || !isObject(found['parameters']) || !isObject(found['settings'])) return null
    return {
      parameters: found['parameters'],
      settings: { ...emptySettings(), ...(found['settings'] as unknown as Partial<Settings>) },
    }
  } catch {
    return null
  }
}

export function dropDraft(storage: Storage, task: string): void {
  try {
    storage.removeItem(draftKey(task))
  } catch {
    // Nothing was kept.
  }
}
