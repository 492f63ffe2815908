import { useToast } from '@nuxt/ui/composables'
import ui from '@nuxt/ui/vue-plugin'
import { config, render } from 'vitest-browser-vue'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

import App from '@/App.vue'
import { reconnect } from '@/live/connection'
import { guardRoutes } from '@/live/guard'
import { router as real } from '@/router'
import { i18n } from '@/ui/i18n/i18n'

/** What an earlier test was told would lie over what this one presses. */
const FreshApp = defineComponent(() => {
  useToast().clear()
  return () => h(App)
})

/** The console as people have it, at an address. */
export async function open(address: string): Promise<Router> {
  const router = createRouter({ history: createMemoryHistory(), routes: real.options.routes })
  guardRoutes(router)
  config.global.plugins = [i18n, ui, router]
  await router.push(address)
  render(FreshApp)
  // The connection of the page outlasts a test: it leaves the server of the one before.
  reconnect()
  return router
}
