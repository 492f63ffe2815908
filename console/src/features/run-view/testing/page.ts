import { useToast } from '@nuxt/ui/composables'
import { config, render } from 'vitest-browser-vue'
import { h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

import RunView from '../RunView.vue'
import PageFrame from './PageFrame.vue'

const Elsewhere = { render: () => h('p', 'elsewhere') }

/** The page of a run as the console shows it: with its address, its questions and its short news. */
export async function openPage(address: string): Promise<Router> {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/runs', name: 'runs', component: Elsewhere },
      { path: '/runs/:run', name: 'run', component: RunView, props: ({ params }) => ({ id: params['run'] }) },
      { path: '/tasks/:task', name: 'task', component: Elsewhere },
      { path: '/tasks/:task/start', name: 'start', component: Elsewhere },
    ],
  })
  await router.push(address)
  // News of the test before would lie over the page.
  useToast().clear()
  // The router that leads nowhere stands last among those of all tests: this one takes its place.
  config.global.plugins = [...(config.global.plugins ?? []).slice(0, -1), router]
  render(PageFrame)
  return router
}
