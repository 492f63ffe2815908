import { watch } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'

import { type Session, session } from './session'

/** Where to go after signing in: a path of this very console, or its beginning. */
export function safeTarget(to: unknown): string {
  // `//host` and `/\host` are addresses of others.
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/'
}

function signInPage(from: RouteLocationNormalized) {
  return { name: 'sign-in', query: from.fullPath === '/' ? {} : { to: from.fullPath } }
}

/** Pages that are not `meta.isOpen` are for those who are signed in; when the session ends, so does the look at them. */
export function guardRoutes(router: Router, who: Session = session): void {
  router.beforeEach(async (to) => {
    if (to.meta['isOpen']) return true
    try {
      if (!who.isSignedIn.value && !(await who.resume())) return signInPage(to)
    } catch {
      return true // the server is away: the page says so, and comes to life when it is back
    }
    // Who has to set up a second factor before anything else finds nothing on other pages.
    return !who.principal.value?.is_enrolling || to.path === '/account' || '/account'
  })
  watch(who.isSignedIn, (isSignedIn) => {
    const here = router.currentRoute.value
    if (!isSignedIn && !here.meta['isOpen']) void router.push(signInPage(here))
  })
}
