/** What the core needs of the place it runs in. Everything has a plain answer where there is no window; tests bring their own. */
export interface Surroundings {
  /** Local milliseconds since 1970. */
  now(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** From [0, 1). */
  random(): number
  isOnline(): boolean
  isVisible(): boolean
  /** Tells when `isOnline` or `isVisible` may have changed, or the page is about to go. Returns how to stop that. */
  onChange(listener: () => void): () => void
  /** Before the next picture is drawn; where none is drawn, at once after the present work. */
  onFrame(callback: () => void): void
  /** What a listener threw. */
  reportError(error: unknown): void
}

interface Page {
  document?: Document
  addEventListener?: Window['addEventListener']
  removeEventListener?: Window['removeEventListener']
  requestAnimationFrame?: Window['requestAnimationFrame']
  reportError?: (error: unknown) => void
  navigator?: { onLine?: boolean }
}

const EVENTS = ['online', 'offline', 'pageshow', 'pagehide', 'focus'] as const
/** A frame may be long in coming, in a window that is covered by others. */
const LATEST_FRAME = 100

export function surroundingsOf(page: Page = globalThis as Page): Surroundings {
  const isVisible = () => page.document?.visibilityState !== 'hidden'
  return {
    now: () => Date.now(),
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    random: () => Math.random(),
    isOnline: () => page.navigator?.onLine !== false,
    isVisible,
    onChange(listener) {
      for (const name of EVENTS) page.addEventListener?.(name, listener)
      page.document?.addEventListener('visibilitychange', listener)
      return () => {
        for (const name of EVENTS) page.removeEventListener?.(name, listener)
        page.document?.removeEventListener('visibilitychange', listener)
      }
    },
    onFrame(callback) {
      if (!page.document) return void Promise.resolve().then(callback)
      let isDue = true
      const once = () => {
        if (isDue) callback()
        isDue = false
      }
      if (isVisible() && page.requestAnimationFrame) page.requestAnimationFrame(once)
      setTimeout(once, page.requestAnimationFrame && isVisible() ? LATEST_FRAME : 16)
    },
    reportError(error) {
      if (page.reportError) page.reportError(error)
      else {
        // As an event listener's error is reported where there is no window: uncaught, and outside of our own work.
        setTimeout(() => {
          throw error
        }, 0)
      }
    },
  }
}
