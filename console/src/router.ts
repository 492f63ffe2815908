import { createRouter, createWebHistory, type Router } from 'vue-router'

import { guardRoutes } from './live/guard'

/** Every page is a chunk of its own. What is looked at (filters, selection, log position) stands in the address, never only in memory. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('./pages/HomePage.vue') },
    { path: '/runs', name: 'runs', component: () => import('./pages/RunsPage.vue') },
    { path: '/runs/:run', name: 'run', component: () => import('./pages/RunPage.vue'), props: true },
    { path: '/tasks', name: 'tasks', component: () => import('./pages/TasksPage.vue') },
    { path: '/tasks/:task', name: 'task', component: () => import('./pages/TaskPage.vue'), props: true },
    { path: '/tasks/:task/start', name: 'start', component: () => import('./pages/StartPage.vue'), props: true },
    { path: '/logs', component: () => import('./pages/LogsPage.vue') },
    { path: '/monitor', name: 'monitor', component: () => import('./pages/MonitorPage.vue') },
    { path: '/queues', name: 'queues', component: () => import('./pages/QueuesPage.vue') },
    { path: '/workers', component: () => import('./pages/WorkersPage.vue') },
    { path: '/approvals', name: 'approvals', component: () => import('./pages/ApprovalsPage.vue') },
    { path: '/account', component: () => import('./pages/AccountPage.vue') },
    { path: '/access', component: () => import('./pages/AccessPage.vue') },
    { path: '/audit', component: () => import('./pages/AuditPage.vue') },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { isOpen: true, isBare: true } },
    { path: '/share', component: () => import('./pages/SharePage.vue'), meta: { isOpen: true, isBare: true } },
    // For those who build the console: what is shipped has no such page (`vite build --mode components` has).
    ...(import.meta.env.MODE === 'production' ? [] : [{ path: '/components', component: () => import('./pages/ComponentsPage.vue') }]),
    { path: '/:rest(.*)*', component: () => import('./pages/NowherePage.vue'), meta: { isOpen: true } },
  ],
})

guardRoutes(router)
reloadAfterUpgrade(router)

/** Asks for the page's chunk while the session is still being asked for. */
export function preload(path: string): void {
  for (const { components } of router.resolve(path).matched) {
    const page = components?.['default']
    if (typeof page === 'function') void (page as () => Promise<unknown>)().catch(() => null)
  }
}

/** The first page waits for the server now and then, and idle moments come before it is drawn: what may be wanted next comes after it. */
const FIRST_PAGE_MS = 1_000

/** The pages that people go to from anywhere, fetched once the first one has nothing left to do. */
export function preloadWhenIdle(): void {
  const idle = 'requestIdleCallback' in window ? requestIdleCallback : (load: () => void) => setTimeout(load, 1_000)
  const load = (): void => ['/', '/runs', '/runs/any', '/tasks'].forEach(preload)
  void router.isReady().then(() => setTimeout(() => idle(load), FIRST_PAGE_MS))
}

/** After an upgrade of the server the chunks of the old build are gone: the page is loaded anew, once. */
function reloadAfterUpgrade(of: Router): void {
  const key = 'headway.reloaded_for'
  of.onError((error, to) => {
    const isChunkGone = error instanceof TypeError && /import|module/i.test(error.message)
    // Without what stands behind the `#`: that may be the code of a link.
    if (!isChunkGone || sessionStorage.getItem(key) === to.path) return
    sessionStorage.setItem(key, to.path)
    location.assign(of.resolve(to).href)
  })
  of.afterEach((_to, _from, failure) => {
    if (!failure) sessionStorage.removeItem(key)
  })
}
