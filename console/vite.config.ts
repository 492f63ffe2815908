import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const server = process.env['HEADWAY_DEV_SERVER'] ?? 'http://127.0.0.1:8765'

/** Nuxt UI writes its colours into a `<style>` when it runs, which our content security policy forbids: `src/ui/palette.css` has them. */
const withoutStylesAtRunTime: Plugin = {
  name: 'headway:without-styles-at-run-time',
  enforce: 'pre',
  load(id) {
    return /@nuxt\/ui\/dist\/runtime\/(plugins\/colors|vue\/plugins\/head)\.js/.test(id) ? 'export default { install() {} }' : null
  },
}

/** The page itself may be anywhere (`/runs/…`), so its addresses begin at the root; what it loads finds the rest from where it stands. */
const pageFromTheRoot: Plugin = {
  name: 'headway:page-from-the-root',
  transformIndexHtml: { order: 'post', handler: (page) => page.replaceAll('="./', '="/') },
}

export default defineConfig({
  // Of files among themselves, so that one build serves under any path.
  base: './',
  plugins: [
    withoutStylesAtRunTime,
    pageFromTheRoot,
    vue(),
    ui({
      ui: {
        colors: { primary: 'indigo', neutral: 'zinc' },
        button: {
          // An instrument: icons no larger than the words beside them.
          variants: { size: { md: { leadingIcon: 'size-4', trailingIcon: 'size-4' } } },
          // The usual 75 % is too pale a ground for the button's words (WCAG 1.4.3).
          compoundVariants: [{ color: 'primary', variant: 'solid', class: 'hover:bg-primary/92 active:bg-primary/92' }],
        },
      },
      // The console has settings of its own for the theme: `src/ui/settings.ts`.
      colorMode: false,
      // No icon is ever asked of another host: those that the sources name are bundled.
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'], globExclude: ['**/*.test.ts'] } } },
      // What templates may use, and with which types, stands in `src/ui/components.d.ts`.
      autoImport: { dts: false },
      components: { dts: false },
    }),
  ],
  // What is never used need not be sent: vue-i18n's old interface, devtools.
  define: {
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
  },
  resolve: {
    alias: {
      '@iconify/vue': fileURLToPath(new URL('src/ui/icons.ts', import.meta.url)),
      '@': fileURLToPath(new URL('src', import.meta.url)),
    },
  },
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: false } } },
  build: {
    target: 'es2022',
    sourcemap: false,
    reportCompressedSize: false,
    manifest: true,
    // What several pages share comes in one file: thirty small ones were thirty questions to the server before a page could be drawn.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'common', test: /console\/src\/(ui|live)\//, minShareCount: 2 }] } } },
  },
})
