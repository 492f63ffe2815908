import { existsSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, mergeConfig } from 'vitest/config'

import vite from './vite.config.ts'

const chromium = process.env['HEADWAY_CHROMIUM'] ?? '/usr/bin/chromium'

/** Components are tested in the browser that people use, not in a likeness of one. */
export default mergeConfig(
  vite,
  defineConfig({
    // Found while tests run, a dependency would reload the page under them.
    optimizeDeps: {
      include: ['yaml', 'uplot', 'markdown-it', '@cfworker/json-schema', '@jsonforms/core', '@jsonforms/vue', '@tanstack/vue-virtual'],
    },
    test: {
      include: ['src/**/*.test.ts'],
      setupFiles: ['src/ui/testing/setup.ts'],
      // Pages are loaded when they are first gone to: on a busy machine that takes a while.
      expect: { poll: { timeout: 10_000 } },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        viewport: { width: 1280, height: 800 },
        provider: playwright({
          launchOptions: {
            ...(existsSync(chromium) ? { executablePath: chromium } : {}),
            args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
          },
        }),
        instances: [{ browser: 'chromium' }],
      },
      coverage: {
        provider: 'v8',
        include: ['src/**/*.{ts,vue}'],
        exclude: ['src/**/*.test.ts', 'src/**/messages.ts', 'src/**/testing/**', 'src/main.ts', 'src/**/*.d.ts'],
        thresholds: { lines: 85 },
        reporter: ['text-summary', 'html'],
      },
    },
  }),
)
