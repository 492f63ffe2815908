import type { Child, Family } from '@headway/client/rest'
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue'

import { rest } from '@/live/rest'
import { type Trouble, troubleOf } from '@/live/trouble'
import { isFinalState } from '@/ui/states'

import type { Children } from './counts'

const EVERY_MS = 1_000
const REST_MS = 5_000
/** Names that are asked for at once. */
const PIECE = 50

export interface UsedFamily {
  readonly family: Readonly<ShallowRef<Family | null>>
  readonly problem: Readonly<ShallowRef<Trouble | null>>
  /** Who stands behind a cell, once it is known. */
  childAt(place: number): Child | undefined
  /** Ask who stands behind a cell. */
  meet(place: number): Promise<Child | undefined>
  reload(): Promise<void>
}

/**
 * The family of a run: read again when the counts in its view have changed, at most once a second. A run that has ended never changes,
 * and its view says no more of its children: while some of them still go on they are asked after every five seconds.
 */
export function useFamily(run: string, children: () => Children | undefined, isOver: () => boolean): UsedFamily {
  const family = shallowRef<Family | null>(null)
  const problem = shallowRef<Trouble | null>(null)
  const known = shallowRef<ReadonlyMap<number, Child>>(new Map())
  const asked = new Map<number, Promise<void>>()
  const gone = new AbortController()
  let readAt = -EVERY_MS
  let timer: ReturnType<typeof setTimeout> | undefined

  function readIn(wait: number): void {
    timer ??= setTimeout(() => void reload(), wait)
  }

  async function reload(): Promise<void> {
    timer = undefined
    readAt = performance.now()
    try {
      const read = await rest.showFamily({ path: { run }, signal: gone.signal })
      if (read.total < (family.value?.total ?? 0)) forget() // one was deleted: the others have moved up
      family.value = read
      problem.value = null
      if (isOver() && Object.keys(read.states).some((state) => !isFinalState(state))) readIn(REST_MS)
    } catch (error) {
      if (!gone.signal.aborted) problem.value = troubleOf(error)
    }
  }

  function forget(): void {
    known.value = new Map()
    asked.clear()
  }

  async function ask(first: number): Promise<void> {
    try {
      const page = await rest.listChildren({ path: { run }, query: { first, count: PIECE }, signal: gone.signal })
      known.value = new Map([...known.value, ...page.items.map((child): [number, Child] => [child.place, child])])
      // A piece that was not full yet is asked for again when somebody points at it.
      if (page.items.length < PIECE) asked.delete(first)
    } catch (error) {
      asked.delete(first)
      if (!gone.signal.aborted) problem.value = troubleOf(error)
    }
  }

  async function meet(place: number): Promise<Child | undefined> {
    if (!known.value.has(place)) {
      const first = place - (place % PIECE)
      const asking = asked.get(first) ?? ask(first)
      asked.set(first, asking)
      await asking
    }
    return known.value.get(place)
  }

  watch(
    () => JSON.stringify(children()),
    () => {
      readIn(Math.max(0, readAt + EVERY_MS - performance.now()))
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    gone.abort()
  })
  return { family, problem, childAt: (place) => known.value.get(place), meet, reload }
}
