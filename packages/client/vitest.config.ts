import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/rest/generated/**', 'src/types.ts'],
      thresholds: { lines: 85, functions: 85, branches: 80 },
      reporter: ['text', 'text-summary'],
    },
  },
})
