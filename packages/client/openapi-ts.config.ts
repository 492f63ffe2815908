import { defineConfig } from '@hey-api/openapi-ts'

/** Types only: how a call is made stands in `src/rest/call.ts`, which is smaller than any general runtime. */
export default defineConfig({
  input: process.env['HEADWAY_OPENAPI'] ?? 'openapi.json',
  output: { path: process.env['HEADWAY_GENERATED'] ?? 'src/rest/generated', clean: true },
  plugins: ['@hey-api/typescript'],
  logs: { level: 'error' },
})
