import type { MaybeRefOrGetter } from 'vue'

import { createRegistry } from './registry'

/** Something that can be done on the page as it is; the command palette lists it. */
export interface Action {
  /** Unique on the page. */
  id: string
  label: string
  icon?: string
  /** The key that does the same, as in `Key.keys`. */
  keys?: string
  isEnabled?: boolean
  run: () => void
}

const registry = createRegistry<Action>()

/** Offers actions to the command palette as long as the calling component lives. Give a getter: it may change with the page. */
export const useActions = (actions: MaybeRefOrGetter<readonly Action[]>): void => registry.register(actions)

export const offeredActions = registry.all
