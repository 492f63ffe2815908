import './ui/styles.css'

import ui from '@nuxt/ui/vue-plugin'
import { createApp } from 'vue'

import App from './App.vue'
import { placeOfPage } from './live/base'
import { preload, preloadWhenIdle, router } from './router'
import { i18n } from './ui/i18n/i18n'
import { followSettings } from './ui/settings'

followSettings()
preload(placeOfPage())
createApp(App).use(router).use(i18n).use(ui).mount('#app')
preloadWhenIdle()
