import { fileURLToPath } from 'node:url'

import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'

/** A server that knows a task with children. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const tasks = ['tasks.py', 'family_tasks.py'].map((file) => fileURLToPath(new URL(file, import.meta.url)))
      const server = await HeadwayServer.start({ tasks })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

interface Kid {
  id: string
  name: string
  state: string
}

test('a family fills its strip, is paused, goes on, and another is cancelled', async ({ signedIn: page, server }) => {
  test.slow()
  const parent = await server.start('school', { classes: 40, pause: 0.4 })
  await page.goto(`/runs/${parent.id}`)
  const family = page.getByRole('region', { name: 'Child runs' })
  await expect(family).toContainText('of 40 ended')
  await expect(family.locator('path[data-state=succeeded]')).toBeVisible()
  const strip = family.getByRole('slider')
  await strip.focus()
  await page.keyboard.press('ArrowRight')
  await expect(strip).toHaveAttribute('aria-valuetext', /^2 of 40: class 1, /)

  await page.getByRole('button', { name: 'Pause' }).click()
  await expect.poll(async () => (await server.run(parent.id)).state).toBe('paused')
  await expect(page.locator('header [data-state=paused]').first()).toBeVisible()
  await expect(family.locator('a[data-state=running]')).toHaveCount(0)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.poll(async () => (await server.run(parent.id)).state).toBe('succeeded')
  await expect(family).toContainText('40 of 40 ended')
  await expect(family).toContainText('2 runs')
  await expect(family).toContainText('sheet 7 is torn')

  await strip.focus()
  await page.keyboard.press('End')
  await expect(strip).toHaveAttribute('aria-valuetext', /^40 of 40: class 39, succeeded/)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'class 39' })).toBeVisible()
  await page.getByRole('navigation', { name: 'Parent run' }).getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(parent.id))

  const other = await server.start('school', { classes: 20, pause: 5 })
  await page.goto(`/runs/${other.id}`)
  await expect(family.locator('a[data-state=running]')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel the run' }).click()
  await expect.poll(async () => (await server.run(other.id)).state).toBe('cancelled')
  const kids = (await server.request<{ items: Kid[] }>('GET', `/runs?parent=${other.id}&limit=50`)).items
  expect(new Set(kids.map(({ state }) => state))).toEqual(new Set(['cancelled']))
})

test('children stand in the list only when they are asked for', async ({ signedIn: page, server }) => {
  const parent = await server.start('school', { classes: 3, pause: 0 }, { name: 'small school' })
  await expect.poll(async () => (await server.run(parent.id)).state).toBe('succeeded')
  await page.goto('/runs?q=small')
  await expect(page.getByRole('row').filter({ hasText: 'small school' })).toContainText('3/3')
  await page.goto(`/runs?q=class+2`)
  await expect(page.getByRole('heading', { name: 'No run matches' })).toBeVisible()
  await page.getByRole('button', { name: 'Show child runs' }).click()
  await expect(page).toHaveURL(/children=all/)
  await expect(page.getByRole('link', { name: /class 2/ }).first()).toBeVisible()
  await page.goto(`/runs/${parent.id}`)
  await page.getByRole('link', { name: 'Open as list' }).click()
  await expect(page.getByText(`children of …${parent.id.slice(-8)}`)).toBeVisible()
  await expect(page.getByRole('link', { name: /^class/ })).toHaveCount(3)
})

test('a queue is paused, a run in it says so, and the queue goes on', async ({ signedIn: page, server }) => {
  await page.goto('/runs')
  await page.locator('main').press('g')
  await page.keyboard.press('q')
  await expect(page).toHaveURL(/\/queues$/)
  await page.getByRole('button', { name: 'Pause default' }).click()
  await page.getByRole('button', { name: 'Pause the queue' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'default' })).toContainText('paused by')
  const run = await server.start('quick', {}, { name: 'held up' })
  await page.goto('/runs')
  await expect(page.getByRole('row').filter({ hasText: 'held up' })).toContainText('queue default is paused')
  await page.goto(`/runs/${run.id}`)
  const waiting = page.locator('[data-part=waiting]')
  await expect(waiting).toContainText('The queue default is paused, by')
  await waiting.getByRole('link', { name: 'The queue' }).click()
  await page.getByRole('button', { name: 'Limits of default' }).click()
  await page.getByLabel('Runs executed at once').fill('many')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await expect(page.getByText('A whole number of at least 0, or empty.')).toBeVisible()
  await page.getByLabel('Runs executed at once').fill('8')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await expect(page.getByRole('row').filter({ hasText: 'default' })).toContainText('at most 8 running')
  await page.getByRole('button', { name: 'Let default go on' }).click()
  await expect.poll(async () => (await server.run(run.id)).state).toBe('succeeded')
})

for (const look of looks) {
  test(`families and queues are for everyone: ${look.language}, ${look.theme}`, async ({ signedIn: page, server }) => {
    test.slow()
    await setLook(page, look)
    await server.request('PATCH', '/quotas/exams', { running_limit: 5 })
    const parent = await server.start('school', { classes: 12, pause: 0 })
    await expect.poll(async () => (await server.run(parent.id)).state).toBe('succeeded')
    await page.goto(`/runs/${parent.id}`)
    await expect(page.locator('[data-part=family] path').first()).toBeVisible()
    await axeClean(page)
    await picture(page, `family-${look.language}-${look.theme}`)
    await page.goto('/queues')
    await expect(page.locator('[data-queue=default]')).toBeVisible()
    await expect(page.locator('[data-project=exams]')).toBeVisible()
    await axeClean(page)
    await picture(page, `queues-${look.language}-${look.theme}`)
    await page.goto(`/runs?parent=${parent.id}`)
    await expect(page.getByRole('link', { name: /^class/ }).first()).toBeVisible()
    await axeClean(page)
  })
}
