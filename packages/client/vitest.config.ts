import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Nothing here waits for time to pass; a machine with much else to do is slow all the same.
    testTimeout: 60_000,
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
