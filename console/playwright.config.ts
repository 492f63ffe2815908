import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

const chromium = process.env['HEADWAY_CHROMIUM'] ?? '/usr/bin/chromium'

/** End to end: the built console, a real server, a real browser. Each worker has a server of its own (`e2e/fixtures.ts`). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env['HEADWAY_E2E_OUTPUT'] ?? 'test-results',
  timeout: 45_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  reporter: process.env['CI'] ? [['list'], ['html', { open: 'never' }]] : 'list',
  use: {
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
