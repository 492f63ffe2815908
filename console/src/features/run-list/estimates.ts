import type { BriefEstimate } from '@headway/client/rest'
import { computed, type ComputedRef, type InjectionKey, type ShallowRef, inject } from 'vue'

import { rest } from '@/live/rest'
import { useKnownTime } from '@/ui/now'

import { provideAsked } from './asked'

type Left = NonNullable<BriefEstimate['estimate']>['left']
type Told = ReadonlyMap<string, { left: Left | null; at: number }>
const key: InjectionKey<Readonly<ShallowRef<Told>>> = Symbol('estimates')

/** When the rows in view that are being executed will end: one question for all of them, and only while there are any. */
export function provideEstimates(active: () => readonly string[], now: () => number): void {
  provideAsked(key, active, async (run, signal) => {
    const page = await rest.listEstimates({ query: { run }, signal })
    // Of the pace alone the bar's own rate tells as much.
    return new Map(
      page.items.map((each) => [
        each.run,
        { left: each.estimate === null || each.estimate.basis === 'rate' ? null : each.estimate.left, at: now() },
      ]),
    )
  })
}

/** What is left of a run, counted down between two answers. Null: past runs say nothing of it. */
export function useLeft(run: () => string): ComputedRef<Left | null> {
  const told = inject(key, null)
  const now = useKnownTime()
  return computed(() => {
    const found = told?.value.get(run())
    if (!found?.left) return null
    const passed = Math.max(0, now.value - found.at) / 1000
    const later = (seconds: number) => Math.max(0, seconds - passed)
    return { low: later(found.left.low), middle: later(found.left.middle), high: later(found.left.high) }
  })
}
