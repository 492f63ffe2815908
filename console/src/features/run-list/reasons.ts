import type { Waiting } from '@headway/client/rest'
import { inject, type InjectionKey, onScopeDispose, provide, type ShallowRef, shallowRef, watch } from 'vue'

import { rest } from '@/live/rest'
import { troubleOf } from '@/live/trouble'

const EVERY_MS = 5_000
/** Before the first question: rows come a few at a time. */
const FIRST_MS = 150

type Reasons = ReadonlyMap<string, Waiting>
const key: InjectionKey<Readonly<ShallowRef<Reasons>>> = Symbol('reasons')
const none = shallowRef<Reasons>(new Map())

/** Why the queued rows in view wait: one question for all of them, at most every five seconds, and only while there are any. */
export function provideReasons(queued: () => readonly string[]): void {
  const reasons = shallowRef<Reasons>(new Map())
  const gone = new AbortController()
  let askedAt = -EVERY_MS
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    timer = undefined
    const run = [...queued()]
    if (run.length === 0) return
    askedAt = performance.now()
    try {
      if (document.visibilityState === 'visible') {
        const page = await rest.listWaiting({ query: { run }, signal: gone.signal })
        reasons.value = new Map(page.items.map((waiting) => [waiting.run, waiting]))
      }
    } catch (error) {
      if (gone.signal.aborted) return
      troubleOf(error) // the rows say how long they wait; why comes with the next question
    }
    plan()
  }

  function plan(): void {
    if (queued().length > 0) timer ??= setTimeout(() => void ask(), Math.max(FIRST_MS, askedAt + EVERY_MS - performance.now()))
  }

  watch(() => queued().join(), plan, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(timer)
    gone.abort()
  })
  provide(key, reasons)
}

export function useReasons(): Readonly<ShallowRef<Reasons>> {
  return inject(key, none)
}
