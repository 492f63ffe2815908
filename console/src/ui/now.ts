import { inject, type InjectionKey, onScopeDispose, readonly, type Ref, ref } from 'vue'

/** Milliseconds since 1970 that tick; the console provides the server's clock, so that an hour off here changes nothing shown. */
export const nowKey: InjectionKey<Readonly<Ref<number>>> = Symbol('now')

/** The clock that was provided, or the browser's own where none was. */
export function useClock(): Readonly<Ref<number>> {
  return inject(nowKey, browserClock, true)
}

function browserClock(): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 1000)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
