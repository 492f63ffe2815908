import '../styles.css'

import ui from '@nuxt/ui/vue-plugin'
import { config } from 'vitest-browser-vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n } from '../i18n/i18n'

const page = { render: () => null }

/** Components under test stand on the same ground as in the console: texts, Nuxt UI, and a router that leads nowhere. */
config.global.plugins = [i18n, ui, createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: page }] })]
