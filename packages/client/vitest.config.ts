import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Node has a WebSocket of its own from 22 on, and in 20 behind this.
    execArgv: process.versions.node.startsWith('20.') ? ['--experimental-websocket'] : [],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/rest/generated/**', 'src/types.ts'],
      thresholds: { lines: 85, functions: 85, branches: 80 },
      reporter: ['text', 'text-summary'],
    },
  },
})
