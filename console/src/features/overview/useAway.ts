import type { Run } from '@headway/client/rest'
import { computed, type ComputedRef, onScopeDispose, type Ref, ref } from 'vue'

import { rest } from '@/live/rest'
import { principal } from '@/live/session'
import { useAsync } from '@/live/useAsync'

import { keepVisit, lastVisit, LEAST_AWAY_MS } from './visit'

const FINAL = ['succeeded', 'failed', 'cancelled', 'timed_out', 'lost'] as const
const KEEP_MS = 60_000
export const AWAY_LIMIT = 100

export interface Away {
  /** Since when; null: they were not away. */
  readonly since: Ref<number | null>
  /** What has finished meanwhile, failed first, then the newest first. */
  readonly runs: ComputedRef<readonly Run[]>
  dismiss(): void
}

const isFailure = ({ state }: Run): boolean => state === 'failed' || state === 'timed_out' || state === 'lost'

/** Whoever looks now has seen it all until now: that is noted while they look, and when they leave. */
export function useAway(): Away {
  const person = principal.value?.id ?? ''
  const last = lastVisit(person)
  const since = ref(last !== null && Date.now() - last >= LEAST_AWAY_MS ? last : null)
  const keep = () => {
    if (document.visibilityState === 'visible' && since.value === null) keepVisit(person, Date.now())
  }
  const timer = setInterval(keep, KEEP_MS)
  addEventListener('pagehide', keep)
  onScopeDispose(() => {
    keep()
    clearInterval(timer)
    removeEventListener('pagehide', keep)
  })
  keep()

  const found = useAsync((signal) =>
    since.value === null
      ? Promise.resolve({ items: [] as Run[] })
      : rest.listRuns({ query: { state: [...FINAL], sort: '-finished_at', limit: AWAY_LIMIT }, signal }),
  )
  const runs = computed(() => {
    const from = since.value
    if (from === null) return []
    return (found.data.value?.items ?? [])
      .filter((run) => run.finished_at !== null && Date.parse(run.finished_at) > from)
      .sort((one, other) => Number(isFailure(other)) - Number(isFailure(one)))
  })
  return {
    since,
    runs,
    dismiss: () => {
      since.value = null
      keep()
    },
  }
}
