import { inject, type InjectionKey, onScopeDispose, readonly, type Ref, ref } from 'vue'

/** Milliseconds since 1970 that tick; the console provides the server's clock, so that an hour off here changes nothing shown. */
export const nowKey: InjectionKey<Readonly<Ref<number>>> = Symbol('now')

/** The clock that was provided, or the browser's own where none was. */
export function useClock(): Readonly<Ref<number>> {
  return inject(nowKey, browserClock, true)
}

/** Up to when the page knows what it shows: the present, or the moment at which the connection was lost. */
export const knownKey: InjectionKey<Readonly<Ref<number>>> = Symbol('known')

/** For what goes on: nobody can say that a run still does while the server is away. */
export function useKnownTime(): Readonly<Ref<number>> {
  return inject(knownKey, useClock, true)
}

function browserClock(): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 1000)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
