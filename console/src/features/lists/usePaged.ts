import { computed, type ComputedRef, ref, type ShallowRef, shallowRef, watch } from 'vue'

import { type Trouble, troubleOf } from '@/live/trouble'
import { useAsync } from '@/live/useAsync'

/** So many pages are read again after something has changed, however far down somebody went. */
const AGAIN_LIMIT = 10

interface Page<T> {
  items: readonly T[]
  next_cursor: string | null
}

export interface Paged<T> {
  /** What was read so far; null: nothing yet. */
  readonly items: ComputedRef<readonly T[] | null>
  readonly hasMore: ComputedRef<boolean>
  readonly isLoading: Readonly<ShallowRef<boolean>>
  readonly isReadingOn: Readonly<ShallowRef<boolean>>
  readonly problem: ComputedRef<Trouble | null>
  /** Read it all again, as far as it is shown. */
  reload(): Promise<void>
  /** Read the next page. */
  readOn(): Promise<void>
}

/** A list that is read page by page, as far as somebody wants to see; again from its beginning when something that `load` reads has changed. */
export function usePaged<T>(load: (cursor: string | null, signal?: AbortSignal) => Promise<Page<T>>): Paged<T> {
  let pageCount = 1
  /** The same question once more, and not another one: as much is shown afterwards as before. */
  let isAgain = false
  const trouble = shallowRef<Trouble | null>(null)
  const read = useAsync(async (signal) => {
    if (!isAgain) pageCount = 1
    trouble.value = null
    const items: T[] = []
    let cursor: string | null = null
    let left = Math.min(pageCount, AGAIN_LIMIT)
    do {
      const page: Page<T> = await load(cursor, signal)
      items.push(...page.items)
      cursor = page.next_cursor
      left -= 1
    } while (cursor !== null && left > 0)
    isAgain = false
    return { items, cursor }
  })
  const shown = shallowRef(read.data.value)
  watch(read.data, (next) => (shown.value = next), { flush: 'sync' })
  const isReadingOn = ref(false)

  async function readOn(): Promise<void> {
    const before = shown.value
    if (before?.cursor == null || isReadingOn.value) return
    isReadingOn.value = true
    trouble.value = null
    try {
      const page = await load(before.cursor)
      // Read anew meanwhile, of another question perhaps: these belong to what was shown before.
      if (shown.value === before) {
        shown.value = { items: [...before.items, ...page.items], cursor: page.next_cursor }
        pageCount += 1
      }
    } catch (error) {
      trouble.value = troubleOf(error)
    } finally {
      isReadingOn.value = false
    }
  }

  async function reload(): Promise<void> {
    isAgain = true
    await read.reload()
  }

  return {
    items: computed(() => shown.value?.items ?? null),
    hasMore: computed(() => shown.value?.cursor != null),
    isLoading: read.isLoading,
    isReadingOn,
    problem: computed(() => read.problem.value ?? trouble.value),
    reload,
    readOn,
  }
}
