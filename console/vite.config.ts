import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const server = process.env['HEADWAY_DEV_SERVER'] ?? 'http://127.0.0.1:8765'

export default defineConfig({
  plugins: [
    vue(),
    ui({
      ui: { colors: { primary: 'indigo', neutral: 'zinc' } },
      // No font and no icon is ever asked of another host: icons that the sources name are bundled.
      fonts: false,
      icon: { clientBundle: { scan: true } },
      autoImport: { dts: false },
      components: { dts: false },
    }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: false } } },
  build: { target: 'es2022', sourcemap: false, reportCompressedSize: false },
})
