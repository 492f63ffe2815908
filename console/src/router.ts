import { createRouter, createWebHistory } from 'vue-router'

/** Every page is a chunk of its own. What is looked at (filters, selection, log position) stands in the address, never only in memory. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/runs' },
    { path: '/runs', name: 'runs', component: () => import('./pages/RunsPage.vue') },
    { path: '/runs/:run', name: 'run', component: () => import('./pages/RunPage.vue'), props: true },
    { path: '/tasks', name: 'tasks', component: () => import('./pages/TasksPage.vue') },
    { path: '/tasks/:task', name: 'task', component: () => import('./pages/TaskPage.vue'), props: true },
    { path: '/tasks/:task/start', name: 'start', component: () => import('./pages/StartPage.vue'), props: true },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { isOpen: true } },
    { path: '/components', name: 'components', component: () => import('./pages/ComponentsPage.vue') },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./pages/NowherePage.vue'), meta: { isOpen: true } },
  ],
})
