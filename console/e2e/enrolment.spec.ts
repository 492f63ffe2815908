/** Where everybody needs a second factor: who has none yet sets one up, and finds nothing else before. */
import { codeOf, enrol } from './apps'
import { axeClean, test as base, expect, makeAccount, PASSWORD, picture } from './fixtures'
import { HeadwayServer } from './server'

const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const server = await HeadwayServer.start({ env: { HEADWAY_SECOND_FACTOR: 'required' } })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

test('who signs in without one is led to where it is set up; then all pages open', async ({ page, server, allowedErrors }) => {
  // What the shell asks for is refused until then, and the live connection too.
  allowedErrors.push(/status of (401|403)/, /WebSocket/)
  await makeAccount(server, 'newcomer', 'operator')
  await page.goto('/sign-in?to=/runs')
  await page.getByLabel('Name').fill('newcomer')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/account$/)
  await expect(page.getByText('Whoever signs in by password here needs a second factor.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Password' })).toHaveCount(0)
  await axeClean(page, 'main')
  await picture(page, 'second-factor-required')
  await page.goto('/tasks')
  await expect(page).toHaveURL(/\/account$/)

  const { secret } = await enrol(page)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await expect(page.getByRole('heading', { name: 'Password' })).toBeVisible()
  // Without the page being loaded again.
  await expect(page.locator('header').first()).toContainText('live')
  await page.getByRole('link', { name: 'Tasks' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible()
  await expect(page).toHaveURL(/\/tasks$/)

  await page.context().clearCookies()
  await page.goto('/sign-in?to=/runs')
  await page.getByLabel('Name').fill('newcomer')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByLabel('Code of the app').fill(codeOf(secret, 1))
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/runs$/)
})
