import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'

const BURN = `
import time
import headway

@headway.task
def burn(seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
`

/** A server that samples every second and whose canary goes as often. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const burning = join(tmpdir(), `headway_e2e_burning_${process.pid}.py`)
      await writeFile(burning, BURN)
      const server = await HeadwayServer.start({
        tasks: [fileURLToPath(new URL('tasks.py', import.meta.url)), burning],
        env: { HEADWAY_SAMPLE_SECONDS: '1', HEADWAY_CANARY_SECONDS: '1' },
      })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

test('how the installation is doing is found by keyboard, and goes on live', async ({ signedIn: page, server }) => {
  await page.goto('/runs')
  await page.locator('main').press('g')
  await page.keyboard.press('m')
  await expect(page).toHaveURL(/\/monitor$/)
  await expect(page.getByRole('heading', { level: 1, name: 'Monitor' })).toBeVisible()
  await expect(page.locator('[data-canary]')).toContainText(/Canary \d/, { timeout: 20_000 })
  const cpu = page.getByRole('region', { name: 'Processors', exact: true })
  await expect(cpu).toContainText('%', { timeout: 20_000 })
  await expect(page.getByRole('table', { name: 'Processes' })).toContainText('Worker')

  // Without a request, what is sampled is on the page.
  let asked = 0
  page.on('request', (request) => (asked += request.url().includes('/monitor/') ? 1 : 0))
  const said = () => cpu.getByRole('img').getAttribute('aria-label')
  const before = await said()
  await server.start('burn', { seconds: 4 })
  await expect.poll(said, { timeout: 15_000 }).not.toBe(before)
  expect(asked).toBe(0)
})

test('range, part and route stand in the address, by keyboard and by mouse', async ({ signedIn: page, server }) => {
  for (let count = 0; count < 5; count += 1) await server.run((await server.start('quick')).id)
  await page.goto('/monitor')
  await page.locator('main').press('3')
  await expect(page).toHaveURL(/tab=apis/)
  await page.keyboard.press('+')
  await expect(page).toHaveURL(/range=6h/)
  await expect(page.getByRole('combobox', { name: 'Time shown' })).toHaveValue('6h')
  await page.getByRole('combobox', { name: 'Time shown' }).selectOption('15m')
  await expect(page).toHaveURL(/range=15m/)
  const routes = page.getByRole('table', { name: 'Calls by route' })
  await expect
    .poll(
      async () => (
        await page.reload(),
        await page.waitForLoadState('networkidle'),
        routes.getByText('POST /api/v1/tasks/{task}/runs').count()
      ),
      {
        timeout: 20_000,
      },
    )
    .toBe(1)
  await routes.getByRole('button', { name: 'POST /api/v1/tasks/{task}/runs' }).click()
  await expect(page).toHaveURL(/route=POST/)
  await page.reload()
  await expect(page.getByRole('button', { name: 'POST /api/v1/tasks/{task}/runs' })).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('button', { name: 'All routes' }).click()
  await expect(page).not.toHaveURL(/route=/)
})

test('what a run takes stands on its page', async ({ signedIn: page, server }) => {
  const { id } = await server.start('burn', { seconds: 6 })
  await page.goto(`/runs/${id}?tab=diagnostics`)
  await page.getByRole('tab', { name: 'Diagnostics' }).click()
  await expect(page.getByRole('img', { name: /^Processor time: \d+%/ })).toBeVisible({ timeout: 25_000 })
  await expect(page.getByRole('img', { name: /^Memory: \d+.*MB/ })).toBeVisible()
})

for (const { language, theme } of looks) {
  test(`every part is accessible, ${language} ${theme}`, async ({ signedIn: page, server }) => {
    await setLook(page, { language, theme })
    await server.start('quick')
    for (const tab of ['system', 'tasks', 'apis', 'database', 'gateway']) {
      await page.goto(`/monitor?range=15m&tab=${tab}`)
      await expect(page.getByRole('tabpanel').getByRole('img').first()).toBeVisible({ timeout: 20_000 })
      await axeClean(page)
      await picture(page, `monitor.${tab}.${language}.${theme}`)
    }
  })
}
