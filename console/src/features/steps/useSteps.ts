import { shallowRef, triggerRef, watch } from 'vue'

import type { UsedRun } from '@/live/useRun'

import { keyOf, StepTree } from './tree'

/** The steps and attempts of a run as a tree that grows with it. */
export function useSteps(run: UsedRun) {
  const tree = shallowRef(new StepTree())

  watch(
    [run.steps, () => run.detail.value?.attempts],
    ([steps, attempts]) => {
      // Steps first: the end of an attempt ends those that it left open.
      tree.value.takeSteps(steps)
      tree.value.takeAttempts(attempts ?? [])
      triggerRef(tree)
    },
    { immediate: true },
  )
  run.onEntries((entries) => {
    let isChanged = false
    for (const entry of entries) if (entry.kind.startsWith('attempt.')) isChanged = tree.value.takeEntry(entry) || isChanged
    if (isChanged) triggerRef(tree)
  })

  const nameOf = (attempt: number, step: string): string => tree.value.get(keyOf(attempt, step))?.name ?? step
  return { tree, nameOf }
}

export type Steps = ReturnType<typeof useSteps>
