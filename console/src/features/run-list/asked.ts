import { type InjectionKey, onScopeDispose, provide, type ShallowRef, shallowRef, watch } from 'vue'

import { troubleOf } from '@/live/trouble'

const EVERY_MS = 5_000
/** Before the first question: rows come a few at a time. */
const FIRST_MS = 150

/**
 * What is asked about the rows in view beside the list: one question for all of `runs`, at most every five seconds, and only while there
 * are any and somebody looks.
 */
export function provideAsked<T>(
  key: InjectionKey<Readonly<ShallowRef<ReadonlyMap<string, T>>>>,
  runs: () => readonly string[],
  question: (runs: string[], signal: AbortSignal) => Promise<ReadonlyMap<string, T>>,
): void {
  const answers = shallowRef<ReadonlyMap<string, T>>(new Map())
  const gone = new AbortController()
  let askedAt = -EVERY_MS
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    timer = undefined
    const about = [...runs()]
    if (about.length === 0) return
    askedAt = performance.now()
    try {
      if (document.visibilityState === 'visible') answers.value = await question(about, gone.signal)
    } catch (error) {
      if (gone.signal.aborted) return
      troubleOf(error) // the rows say what they know by themselves; the rest comes with the next question
    }
    plan()
  }

  function plan(): void {
    if (runs().length > 0) timer ??= setTimeout(() => void ask(), Math.max(FIRST_MS, askedAt + EVERY_MS - performance.now()))
  }

  watch(() => runs().join(), plan, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(timer)
    gone.abort()
  })
  provide(key, answers)
}
