import { estimate, type Estimate, type View } from '@headway/client'
import { type ComputedRef, computed } from 'vue'

import { isActiveState } from '@/ui/states'

import { rest } from './rest'
import { useAsync } from './useAsync'

const MAIN_BAR = 'main'
const STEP_MS = 1_000

/**
 * When the run will end, at every moment: the server says once for each attempt what past runs tell of it, the rest is worked out here.
 * Null while it is not executed, or nothing honest can be said.
 */
export function useEstimate(run: () => string, view: () => View, now: () => number): ComputedRef<Estimate | null> {
  const isActive = computed(() => isActiveState(view().state ?? 'queued'))
  const attempt = computed(() => view().attempt ?? 0)
  /** The size of the work: past runs of another size are brought to it. */
  const total = computed(() => view().progress?.total ?? null)
  const asked = useAsync((signal) => {
    void [attempt.value, total.value]
    return isActive.value ? rest.showEstimate({ path: { run: run() }, signal }) : Promise.resolve(null)
  })
  /** Once a second is often enough for people, however often the page is told the time. */
  const second = computed(() => Math.floor(now() / STEP_MS) * STEP_MS)
  return computed(() => {
    const found = asked.data.value
    if (found === null || !isActive.value || !found.attempt_started_at) return null
    const bars = view().bars ?? {}
    const names = Object.keys(bars)
    const name = found.guide.bar ?? (MAIN_BAR in bars ? MAIN_BAR : names.length === 1 ? names[0] : undefined)
    const bar = name === undefined ? undefined : bars[name]
    const elapsed_seconds = Math.max(0, second.value - Date.parse(found.attempt_started_at)) / 1000
    return estimate(found.guide, {
      elapsed_seconds,
      ...(bar && { done: bar.done ?? null, total: bar.total ?? null, age_seconds: Math.max(0, second.value - Date.parse(bar.at)) / 1000 }),
    })
  })
}
