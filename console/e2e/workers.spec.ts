import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'

interface WorkerSeen {
  id: string
  pid: number
  state: string
  wish: string | null
}

/** A server of its own: its worker comes and goes. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const server = await HeadwayServer.start({ env: { HEADWAY_SAMPLE_SECONDS: '1' } })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

const workersOf = async (server: HeadwayServer): Promise<WorkerSeen[]> =>
  (await server.request<{ items: WorkerSeen[] }>('GET', '/workers')).items

async function liveOf(server: HeadwayServer): Promise<WorkerSeen> {
  await expect.poll(async () => (await workersOf(server)).some(({ state }) => state === 'live'), { timeout: 30_000 }).toBe(true)
  const found = (await workersOf(server)).find(({ state }) => state === 'live')
  if (!found) throw new Error('No worker is live.')
  return found
}

for (const look of looks) {
  test(`who executes what is for everyone: ${look.language}, ${look.theme}`, async ({ signedIn: page, server }) => {
    await setLook(page, look)
    const worker = await liveOf(server)
    const run = await server.start('slow', { count: 600 })
    await expect.poll(async () => (await server.run(run.id)).state).toBe('running')
    await page.goto(`/workers?worker=${worker.id}`)
    const row = page.locator(`[data-worker="${worker.id}"]`)
    await expect(row).toContainText('%', { timeout: 20_000 })
    await expect(page.locator(`[data-run="${run.id}"]`)).toBeVisible()
    await axeClean(page)
    await picture(page, `workers-${look.language}-${look.theme}`)
    await server.request('PUT', `/runs/${run.id}/cancellation`)
    await expect(page.locator(`[data-run="${run.id}"]`)).toHaveCount(0, { timeout: 20_000 })
  })
}

test('a worker is restarted by keyboard, and a draining one is told not to wait', async ({ signedIn: page, server }) => {
  test.slow()
  const before = await liveOf(server)
  const run = await server.start('slow', { count: 600 })
  await expect.poll(async () => (await server.run(run.id)).state).toBe('running')
  await page.goto('/runs')
  await page.locator('main').press('g')
  await page.keyboard.press('w')
  await expect(page).toHaveURL(/\/workers$/)
  const row = page.locator(`[data-worker="${before.id}"]`)
  await expect(row.locator('[data-state=live]')).toBeVisible()
  await page.locator('main').press('j')
  await page.keyboard.press('r')
  await page.getByRole('button', { name: 'Restart it' }).click()
  await expect(row.locator('[data-state=draining]')).toBeVisible()
  await expect(row).toContainText('restart, asked by')
  await picture(page, 'workers-draining')

  await row.getByRole('button', { name: /Do not wait for the runs of/ }).click()
  await page.getByRole('button', { name: 'Give them back' }).click()
  await expect(row.locator('[data-state=gone]')).toBeVisible({ timeout: 30_000 })
  const after = await liveOf(server)
  expect(after.pid).not.toBe(before.pid)
  await expect(page.locator(`[data-worker="${after.id}"] [data-state=live]`)).toBeVisible({ timeout: 20_000 })
  await expect.poll(async () => (await server.run(run.id)).state, { timeout: 30_000 }).toBe('running')
  await picture(page, 'workers-restarted')
  await server.request('PUT', `/runs/${run.id}/cancellation`)
})
