import { Unreachable } from '@headway/client/rest'
import { onScopeDispose, type ShallowRef, shallowRef, watchEffect } from 'vue'

import { RETRY_MS, type Trouble, troubleOf } from './trouble'

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
 * A load that is overtaken by another, or whose component is gone, is aborted by `signal`. While the server is away it is asked again and again.
 */
export function useAsync<T>(load: (signal: AbortSignal) => Promise<T>): Async<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Trouble | null>(null)
  const isLoading = shallowRef(false)
  let running: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function reload(): Promise<void> {
    clearTimeout(timer)
    running?.abort()
    const mine = (running = new AbortController())
    isLoading.value = true
    try {
      const loaded = await load(mine.signal)
      if (running !== mine) return
      data.value = loaded
      problem.value = null
    } catch (error) {
      if (running !== mine) return
      problem.value = troubleOf(error)
      if (error instanceof Unreachable) timer = setTimeout(() => void reload(), RETRY_MS)
    } finally {
      if (running === mine) isLoading.value = false
    }
  }

  watchEffect(() => void reload())
  onScopeDispose(() => {
    clearTimeout(timer)
    running?.abort()
    running = null
  })
  return { data, problem, isLoading, reload }
}
