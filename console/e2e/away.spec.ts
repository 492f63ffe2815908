/** A server that is away, and a tab that sleeps: the page says so, stays readable, and is current again without a reload. */
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'

import { expect, HeadwayServer, readLog, type StartedRun, test as base } from './fixtures'
import { processesOf } from './server'

/** A server for each test: it is killed. */
const test = base.extend<{ own: HeadwayServer }>({
  own: async ({}, use) => {
    const server = await HeadwayServer.start()
    await use(server)
    await server.stop()
  },
  allowedErrors: async ({}, use) => use([/Failed to load resource|WebSocket|ERR_CONNECTION/]),
})
test.slow()

const header = (page: Page) => page.getByRole('main').locator('header').first()
const log = (page: Page) => page.getByRole('log', { name: 'Log of this run' })
const badge = (page: Page) => page.locator('[data-liveness]')

/** A run that counts, seen while it does, on a page whose clock the test moves. */
async function watch(page: Page, server: HeadwayServer, count: number): Promise<StartedRun> {
  await page.clock.install()
  await page.goto(await server.signInLink())
  await expect(page).toHaveURL(`${server.url}/`)
  const run = await server.start('slow', { count })
  await page.goto(`${server.url}/runs/${run.id}`)
  await expect(log(page)).toContainText('counted 10')
  await page.evaluate(() => Reflect.set(window, 'isSamePage', true))
  return run
}

/** State, lines and nothing lost, all on the page that was there before. */
async function expectCurrent(page: Page, server: HeadwayServer, run: StartedRun): Promise<void> {
  await expect(badge(page)).toHaveAttribute('data-liveness', /live|slow/)
  await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible()
  const { last_line: last } = await server.request<{ last_line: number }>('GET', `/runs/${run.id}`)
  expect(await readLog(page), 'every line, once, in order').toEqual(Array.from({ length: last }, (_, index) => index + 1))
  await badge(page).click()
  await expect(page.getByRole('dialog', { name: 'Live connection' })).toContainText('0 lines lost')
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => Reflect.get(window, 'isSamePage'))).toBe(true)
}

test('five minutes without a server are told as such, nothing is made up, and every line arrives after them', async ({ page, own }) => {
  const run = await watch(page, own, 60)
  await own.kill()
  await expect(badge(page)).toHaveAttribute('data-liveness', 'reconnecting')
  const running = await header(page).locator('[data-elapsed]').textContent()

  await page.clock.runFor('05:00')
  await expect(badge(page)).toHaveAccessibleName(/^Live connection: reconnecting, 5m/)
  await expect(header(page).locator('[data-elapsed]'), 'nobody knows that it still runs').toHaveText(running ?? '')
  await expect(header(page).getByText(/no update/)).toBeHidden()
  await expect(log(page)).toContainText('counted 10')
  await badge(page).click()
  const panel = page.getByRole('dialog', { name: 'Live connection' })
  await expect(panel).toContainText('The server does not answer.')
  await expect(panel).toContainText(/What you see is 5m \d+s old/)
  await page.keyboard.press('Escape')

  await own.restart()
  // The longest pause between two tries.
  await page.clock.runFor(20_000)
  // The worker died too: another attempt is made, and seen here.
  await expect(header(page).getByText('attempt 2')).toBeVisible()
  await expectCurrent(page, own, run)
})

test.describe('a tab asleep overnight', () => {
  /** The processes of all pages stand still in `meanwhile`, as on a device that sleeps; then it is nine hours later. */
  async function sleep(page: Page, meanwhile: () => Promise<void>): Promise<void> {
    const browser = await page.context().browser()!.newBrowserCDPSession()
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
    const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    try {
      await meanwhile()
      for (const pid of pids) expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\tT/m)
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
    await page.clock.fastForward('09:00:00')
  }

  /** The run goes on to its end; the server that the page was connected to does not. */
  async function night(server: HeadwayServer, run: StartedRun): Promise<void> {
    const [process_] = await processesOf(server.home, 'server_process')
    process.kill(process_!, 'SIGKILL')
    const state = () => server.run(run.id).then(({ state }) => state, String)
    await expect.poll(state, { timeout: 60_000 }).toBe('succeeded')
  }

  test('is current again within seconds', async ({ page, own }) => {
    const run = await watch(page, own, 80)
    await sleep(page, () => night(own, run))
    await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible({ timeout: 10_000 })
    await expect(header(page).locator('[data-elapsed]')).toHaveText(/^\d+(\.\d+)? s$/)
    await expectCurrent(page, own, run)
  })

  test('is led to the sign-in page when the session is over, and back', async ({ page, own }) => {
    const run = await watch(page, own, 80)
    await sleep(page, async () => {
      await night(own, run)
      await page.context().clearCookies()
    })
    await expect(page).toHaveURL(/\/sign-in\?to=/, { timeout: 10_000 })
    await expect(page.getByRole('alert')).toHaveCount(0)
    await page.getByLabel('Sign-in link or code').fill(await own.signInLink())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL(new RegExp(`/runs/${run.id}`))
    await expectCurrent(page, own, run)
  })
})
