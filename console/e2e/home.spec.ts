import { axeClean, expect, looks, picture, setLook, test } from './fixtures'

test('the home page shows what runs, live, and what has finished', async ({ signedIn: page, server }) => {
  const done = await server.start('quick', {}, { name: 'done before home' })
  await expect.poll(async () => (await server.run(done.id)).state, { timeout: 30_000 }).toBe('succeeded')
  await page.goto('/')
  const running = page.getByRole('region', { name: 'Running now' })
  await expect(page.getByRole('region', { name: 'Recent runs' }).getByText('done before home')).toBeVisible()
  await expect(page.locator('[data-figure=finished]')).not.toHaveText('0')

  const run = await server.start('slow', { count: 4000, pause: 0.05 }, { name: 'seen from home' })
  await expect(running.getByText('seen from home')).toBeVisible({ timeout: 20_000 })
  const bar = running.getByRole('listitem').filter({ hasText: 'seen from home' }).getByRole('progressbar')
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 20_000 }).toBeGreaterThan(0)
  await server.request('PUT', `/runs/${run.id}/cancellation`, {})
  await expect(running.getByText('seen from home')).toBeHidden({ timeout: 20_000 })
  await running.getByRole('link', { name: 'All that run' }).click()
  await expect(page).toHaveURL(/\/runs\?state=running/)
  await page.locator('body').press('g')
  await page.keyboard.press('h')
  await expect(page).toHaveURL(`${server.url}/`)
})

test('what finished while somebody was away is told, failed first, until they have seen it', async ({ signedIn: page, server }) => {
  await page.goto('/')
  await expect(page.getByRole('region', { name: 'Runs now' })).toBeVisible()
  const failed = await server.start('failing', {}, { name: 'failed meanwhile' })
  const done = await server.start('quick', {}, { name: 'done meanwhile' })
  for (const { id } of [failed, done]) {
    await expect.poll(async () => ['failed', 'succeeded'].includes((await server.run(id)).state), { timeout: 30_000 }).toBe(true)
  }
  // An hour ago, as far as the browser knows.
  await page.goto('/tasks')
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith('headway.left.'))) {
      localStorage.setItem(key, String(Date.now() - 3_600_000))
    }
  })
  await page.goto('/')
  const away = page.getByRole('region', { name: 'While you were away' })
  await expect(away.getByRole('listitem').first().locator('[data-state=failed], :text("Failed")').first()).toBeVisible()
  await expect(away.getByText('done meanwhile').or(away.getByText('failed meanwhile')).first()).toBeVisible()
  await away.getByRole('button', { name: 'Seen' }).click()
  await expect(away).toBeHidden()
  await page.reload()
  await expect(page.getByRole('region', { name: 'Runs now' })).toBeVisible()
  await expect(away).toBeHidden()
})

for (const look of looks) {
  test(`home is for everyone: ${look.language}, ${look.theme}`, async ({ signedIn: page, server }) => {
    const run = await server.start('slow', { count: 4000, pause: 0.05 }, { name: 'a long one' })
    await setLook(page, look)
    await page.goto('/')
    await expect(page.locator('[data-figure=finished]')).toBeVisible()
    await expect(page.getByRole('progressbar').first()).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole('region', { name: /^System$|^系统$/ })).toContainText('%', { timeout: 20_000 })
    await expect(page.locator('[data-figure=calls]')).toBeVisible()
    await axeClean(page)
    await picture(page, `home-${look.language}-${look.theme}`)
    const size = page.viewportSize()
    await page.setViewportSize({ width: 390, height: 1600 })
    await picture(page, `home-narrow-${look.language}-${look.theme}`)
    if (size) await page.setViewportSize(size)
    await page.goto('/tasks/quick?period=24h')
    await expect(page.getByRole('group', { name: /Period|时间段/ })).toBeVisible()
    await axeClean(page)
    await picture(page, `task-history-${look.language}-${look.theme}`)
    await server.request('PUT', `/runs/${run.id}/cancellation`, {})
  })
}
