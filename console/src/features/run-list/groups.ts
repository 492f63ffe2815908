import type { RunState } from '@headway/client'

import { inOrder, type RunFilters } from './filters'

export type GroupId = 'running' | 'queued' | 'later' | 'succeeded' | 'failed' | 'cancelled'

/** States that people think of together. */
export const GROUPS: readonly { id: GroupId; states: readonly RunState[] }[] = [
  { id: 'running', states: ['running', 'pausing', 'cancelling'] },
  { id: 'queued', states: ['queued'] },
  { id: 'later', states: ['scheduled', 'awaiting_approval', 'paused', 'retrying'] },
  { id: 'succeeded', states: ['succeeded'] },
  { id: 'failed', states: ['failed', 'timed_out', 'lost'] },
  { id: 'cancelled', states: ['cancelled'] },
]

export function hasGroup(filters: RunFilters, states: readonly RunState[]): boolean {
  return states.every((state) => filters.states.includes(state))
}

/** The group added, or taken away where it is there. */
export function withGroup(filters: RunFilters, states: readonly RunState[]): RunFilters {
  const isThere = hasGroup(filters, states)
  const rest = filters.states.filter((state) => !states.includes(state))
  return { ...filters, states: inOrder(isThere ? rest : [...rest, ...states]) }
}

export function countOf(counts: Partial<Record<RunState, number>>, states: readonly RunState[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}
