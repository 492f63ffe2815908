import { nextTick } from 'vue'
import type { Router } from 'vue-router'

/** Frames to wait for a page to be as long as it was; a list that is loaded anew takes a few. */
const patienceFrames = 30

/**
 * Scrolls `find()` as a browser scrolls a document: a new page begins at its top, and Back returns to where one was.
 * Positions belong to entries of the history and live as long as this page.
 */
export function keepScroll(router: Router, find: () => HTMLElement | null): void {
  const kept = new Map<unknown, number>()
  let entry: unknown = history.state?.position
  let isBack = false
  addEventListener('popstate', () => (isBack = true))
  router.beforeEach(() => {
    kept.set(entry, find()?.scrollTop ?? 0)
  })
  router.afterEach(async (to, from, failure) => {
    const wasBack = isBack
    isBack = false
    if (failure) return
    entry = history.state?.position
    if (to.path === from.path && !wasBack) return
    await nextTick()
    reach(find, wasBack ? (kept.get(entry) ?? 0) : 0, patienceFrames)
  })
}

function reach(find: () => HTMLElement | null, top: number, frames: number): void {
  const element = find()
  if (element) element.scrollTop = top
  if (frames > 0 && (!element || Math.abs(element.scrollTop - top) > 1)) requestAnimationFrame(() => reach(find, top, frames - 1))
}
