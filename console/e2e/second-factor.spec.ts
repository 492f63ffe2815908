/** An authenticator app set up, asked for at sign-in, lost, and taken off. */
import type { Page } from '@playwright/test'

import { codeOf, enrol } from './apps'
import { axeClean, browserOf, expect, makeAccount, PASSWORD, picture, setLook, test as base } from './fixtures'
import { HeadwayServer } from './server'

const refused = /status of (401|403)/

/** A server of its own: where there are accounts, the page of signing in looks otherwise, and other files need it without. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const server = await HeadwayServer.start()
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

async function enter(page: Page, name: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
}

test('an app is set up with a picture, asked for at sign-in, and a recovery code stands in for it', async ({
  browser,
  page,
  server,
  allowedErrors,
}) => {
  allowedErrors.push(refused)
  await makeAccount(server, 'ida', 'viewer')
  const own = await browserOf(browser, server, 'ida')
  await own.goto('/account')
  await own.getByRole('button', { name: 'Set up an app' }).click()
  const image = own.locator('[data-part=picture]')
  await expect(image).toBeVisible()
  expect(await image.evaluate((one: HTMLImageElement) => one.naturalWidth > 0)).toBe(true)
  await axeClean(own, 'main')
  await picture(own, 'second-factor-enrolment')
  await own.getByRole('button', { name: 'Not now' }).click()
  const { secret, codes } = await enrol(own)
  await axeClean(own, 'main')
  await picture(own, 'second-factor-codes')
  const [download] = await Promise.all([own.waitForEvent('download'), own.getByRole('link', { name: 'Download' }).click()])
  expect(download.suggestedFilename()).toBe('headway-recovery-codes.txt')
  await own.getByRole('button', { name: 'I have kept them' }).click()
  await expect(own.getByText('Recovery codes that are good still: 10.')).toBeVisible()

  await enter(page, 'ida')
  const field = page.getByLabel('Code of the app')
  await expect(field).toBeFocused()
  await axeClean(page)
  await picture(page, 'second-factor-code')
  await field.fill(codeOf(secret, -1))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('The code is wrong, or was used already')
  await field.fill(codeOf(secret, 1))
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${server.url}/`)
  await page.goto('/account')
  await expect(page.locator('[data-part=sign-in]', { hasText: 'This browser' })).toContainText('by password and code')

  await page.context().clearCookies()
  await setLook(page, { language: 'zh-CN', theme: 'dark' })
  await page.goto('/sign-in')
  await page.getByLabel('用户名').fill('ida')
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: '改用恢复码' }).click()
  await axeClean(page)
  await page.getByLabel('恢复码').fill(codes[0] ?? '')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('还剩 9 个')
  await picture(page, 'second-factor-recovery-zh-CN-dark')
  await page.getByRole('button', { name: '继续' }).click()
  await page.goto('/account')
  await expect(page.getByRole('region', { name: '第二因素' })).toContainText('仍然有效的恢复码：9 个')
  await axeClean(page, 'main')
  await picture(page, 'second-factor-zh-CN-dark')
})

test('who looks after people sees who has one, and takes it off whoever lost it', async ({ browser, server, signedIn: admin }) => {
  await makeAccount(server, 'lost', 'viewer')
  const own = await browserOf(browser, server, 'lost')
  await own.goto('/account')
  await enrol(own)
  await admin.goto('/access?q=lost')
  const row = admin.getByRole('row', { name: /lost/ })
  await expect(row).toContainText('second factor')
  await admin.getByRole('button', { name: 'Actions for lost' }).click()
  await admin.getByRole('menuitem', { name: 'Take off the second factor' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Take off the second factor' }).click()
  await expect(row).not.toContainText('second factor')
  // The password alone signs in again.
  const again = await browserOf(browser, server, 'lost')
  await again.goto('/account')
  await expect(again.getByRole('button', { name: 'Set up an app' })).toBeVisible()
})

test('whoever came by a link proves who they are before they set one up', async ({ browser, server, allowedErrors }) => {
  allowedErrors.push(refused)
  await makeAccount(server, 'linked', 'admin')
  const first = await browserOf(browser, server, 'linked')
  await first.goto('/account')
  const token = (await (await first.request.post('/api/v1/session/tokens', { headers: { origin: server.url } })).json()) as {
    token: string
  }
  const link = await first.request.post('/api/v1/sign-in-links', { headers: { authorization: `Bearer ${token.token}` }, data: {} })
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', timezoneId: 'UTC' })
  const page = await context.newPage()
  await page.goto(((await link.json()) as { url: string }).url)
  await expect(page).toHaveURL(`${server.url}/`)
  await page.goto('/account')
  await page.getByRole('button', { name: 'Set up an app' }).click()
  const dialog = page.getByRole('dialog', { name: 'Is it you?' })
  await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused()
  await axeClean(page)
  await picture(page, 'proof')
  await dialog.getByLabel('Password', { exact: true }).fill('not the right one')
  await page.keyboard.press('Enter')
  await expect(dialog).toContainText('The password is wrong.')
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-part=picture]')).toBeVisible()
  await context.close()
})
