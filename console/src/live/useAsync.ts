import { onScopeDispose, type ShallowRef, shallowRef, watchEffect } from 'vue'

import { type Trouble, troubleOf } from './trouble'

export interface Async<T> {
  /** The newest that was loaded; it stays while more is loaded, and when that fails. */
  readonly data: Readonly<ShallowRef<T | null>>
  readonly problem: Readonly<ShallowRef<Trouble | null>>
  readonly isLoading: Readonly<ShallowRef<boolean>>
  /** Load again. Never throws: `problem` says what went wrong. */
  reload(): Promise<void>
}

/**
 * What `load` gives, and again when something reactive that it reads before its first `await` has changed.
 * A load that is overtaken by another, or whose component is gone, is aborted by `signal`.
 */
export function useAsync<T>(load: (signal: AbortSignal) => Promise<T>): Async<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Trouble | null>(null)
  const isLoading = shallowRef(false)
  let running: AbortController | null = null

  async function reload(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    isLoading.value = true
    try {
      const loaded = await load(mine.signal)
      if (running !== mine) return
      data.value = loaded
      problem.value = null
    } catch (error) {
      if (running === mine) problem.value = troubleOf(error)
    } finally {
      if (running === mine) isLoading.value = false
    }
  }

  watchEffect(() => void reload())
  onScopeDispose(() => {
    running?.abort()
    running = null
  })
  return { data, problem, isLoading, reload }
}
