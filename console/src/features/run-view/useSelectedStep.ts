import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { rest } from '@/live/rest'

import { parseKey } from '../steps/tree'

/** The step that is looked at; it stands in the address. */
export function useSelectedStep(run: string, showLine: (line: number) => void) {
  const route = useRoute()
  const router = useRouter()
  const selected = computed(() => (typeof route.query['step'] === 'string' ? route.query['step'] : null))
  let asked = 0

  function setQuery(changes: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...changes }, hash: route.hash })
  }

  /** Selects a step and brings its first line into sight. Arrow keys go faster than answers come: only the last one counts. */
  async function select(key: string | null): Promise<void> {
    setQuery({ step: key ?? undefined, ...(key ? {} : { only: undefined }) })
    const step = key === null ? null : parseKey(key)
    if (!step || route.query['only'] === 'step') return
    asked += 1
    const mine = asked
    const found = await rest.searchLog({ path: { run }, query: { step: step.id, attempt: step.attempt, limit: 1 } }).catch(() => null)
    const line = found?.items[0]?.line
    if (mine === asked && line !== undefined) showLine(line)
  }

  /** Shows the lines of this step alone. */
  function open(key: string): void {
    setQuery({ step: key, only: 'step' })
  }
  return { selected, select, open }
}
