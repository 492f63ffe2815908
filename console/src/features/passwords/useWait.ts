import { computed, onScopeDispose, ref } from 'vue'

/** After too many tries: how many whole seconds are left until the next one is heard, counted down. */
export function useWait() {
  const until = ref(0)
  const now = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined
  const left = computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1000)))

  function tick(): void {
    now.value = performance.now()
    if (left.value === 0) clearInterval(timer)
  }

  /** `seconds`: what the server said (`retry_in_seconds`); anything but a number is a moment. */
  function begin(seconds: unknown): void {
    clearInterval(timer)
    now.value = performance.now()
    until.value = now.value + Math.min(typeof seconds === 'number' && seconds > 0 ? seconds : 5, 86_400) * 1000
    timer = setInterval(tick, 250)
  }

  onScopeDispose(() => clearInterval(timer))
  return { left, begin }
}
