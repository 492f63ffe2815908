import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

/** Where nobody waits at the screen and the machine may be shared, time is given instead of taken. */
const isCi = Boolean(process.env['CI'])
const chromium = process.env['HEADWAY_CHROMIUM'] ?? '/usr/bin/chromium'

/** End to end: the built console, a real server, a real browser. Each worker has a server of its own (`e2e/fixtures.ts`). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env['HEADWAY_E2E_OUTPUT'] ?? 'test-results',
  timeout: Number(process.env['HEADWAY_E2E_TIMEOUT_MS'] ?? (isCi ? 150_000 : 45_000)),
  expect: { timeout: isCi ? 20_000 : 10_000 },
  // One that fails by the weather of the machine is tried once more, with a trace; the report names it as flaky.
  retries: isCi ? 1 : 0,
  workers: isCi ? 1 : 2,
  fullyParallel: false,
  forbidOnly: isCi,
  reporter: isCi ? [['list'], ['html', { open: 'never' }], ['./e2e/reporter.ts']] : 'list',
  use: {
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    // A trace makes every step slower.
    trace: 'on-first-retry',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
