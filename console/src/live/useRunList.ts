import type { RunState } from '@headway/client'
import { computed, type ComputedRef, type MaybeRefOrGetter, onScopeDispose, type ShallowRef, shallowRef, toValue, watch } from 'vue'

import { useLive } from './connection'
import { type ListedRun, ListModel, type RunQuery } from './listModel'
import { rest } from './rest'
import type { Trouble } from './trouble'
import { COMING_MS } from './useRun'

export type { ListedRun, RunQuery } from './listModel'

export interface UsedRunList {
  /** In the order asked for. A row that changes is another object at the same index: nothing jumps. */
  readonly rows: ComputedRef<readonly ListedRun[]>
  /** Load the next page, if there is one. */
  more(): Promise<void>
  readonly hasMore: ComputedRef<boolean>
  readonly isLoading: ComputedRef<boolean>
  readonly problem: ComputedRef<Trouble | null>
  /** Runs that came since, and fit the filters: behind a button. */
  readonly fresh: ComputedRef<number>
  /** The first page again, with those. */
  showFresh(): Promise<void>
  /** How many runs of the project are in each state that is not final. */
  readonly states: ComputedRef<Partial<Record<RunState, number>>>
  /** The runs that are on the screen now, at most 200: these are kept live. */
  see(ids: string[]): void
}

let coming: { key: string; model: ListModel } | null = null

/** Ask for the list of a page that is about to be drawn: the answer comes while the parts of the page are still being made. */
export function expectRuns(query: RunQuery): void {
  forgetComing()
  const mine = { key: JSON.stringify(query), model: new ListModel(query, useLive(), rest) }
  coming = mine
  setTimeout(() => {
    if (coming === mine) forgetComing()
  }, COMING_MS)
}

function forgetComing(): void {
  coming?.model.close()
  coming = null
}

function listOf(query: RunQuery): ListModel {
  if (coming?.key !== JSON.stringify(query)) return new ListModel(query, useLive(), rest)
  const { model } = coming
  coming = null
  return model
}

/** Runs by filter and order, live. Other filters are another list, from its first page. */
export function useRunList(query: MaybeRefOrGetter<RunQuery>): UsedRunList {
  const model = shallowRef(listOf(toValue(query)))

  watch(
    () => JSON.stringify(toValue(query)),
    () => {
      model.value.close()
      model.value = listOf(toValue(query))
    },
  )
  onScopeDispose(() => model.value.close())

  const read = <T>(from: (model: ListModel) => Readonly<ShallowRef<T>>) => computed(() => from(model.value).value)
  return {
    rows: read((of) => of.rows),
    more: () => model.value.more(),
    hasMore: read((of) => of.hasMore),
    isLoading: read((of) => of.isLoading),
    problem: read((of) => of.problem),
    fresh: read((of) => of.fresh),
    showFresh: () => model.value.reload(),
    states: read((of) => of.states),
    see: (ids) => model.value.see(ids),
  }
}
