import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

const chromium = process.env['HEADWAY_CHROMIUM'] ?? '/usr/bin/chromium'

/** End to end: the built console, a real server, a real browser. Each worker has a server of its own (`e2e/fixtures.ts`). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env['HEADWAY_E2E_OUTPUT'] ?? 'test-results',
  timeout: Number(process.env['HEADWAY_E2E_TIMEOUT_MS'] ?? 45_000),
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  reporter: process.env['CI'] ? [['list'], ['html', { open: 'never' }]] : 'list',
  use: {
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    // A trace makes every step slower, so it is for where nobody can look.
    trace: process.env['CI'] ? 'retain-on-failure' : 'off',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
