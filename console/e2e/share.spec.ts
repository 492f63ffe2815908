/** A run is shown to somebody without an account, until the link is taken back. */
import type { Page } from '@playwright/test'

import { axeClean, expect, picture, setLook, test } from './fixtures'
import type { HeadwayServer } from './server'

const makeLink = async (server: HeadwayServer, run: string, label: string): Promise<string> =>
  (await server.request<{ url: string }>('POST', `/runs/${run}/share-links`, { label, days: 1 })).url

/** Every address that the page has asked for or gone to. */
function hearAddresses(page: Page): string[] {
  const heard: string[] = []
  page.on('request', (request) => heard.push(request.url(), request.headers()['referer'] ?? ''))
  page.on('framenavigated', (frame) => heard.push(frame.url()))
  return heard
}

test('a link is made by keyboard, read without an account, and taken back', async ({ signedIn: page, server, browser, allowedErrors }) => {
  allowedErrors.push(/status of 401/)
  const run = await server.start('slow', { count: 5_000 })
  await page.goto(`/runs/${run.id}`)
  await expect(page.getByRole('button', { name: 'Share' })).toBeVisible()
  await page.locator('body').press('s')
  const dialog = page.getByRole('dialog', { name: 'Share this run' })
  await expect(dialog.getByText('No links yet.')).toBeVisible()
  await dialog.getByLabel('For whom, or what for').fill('parents of 7b')
  await page.keyboard.press('Enter')
  const once = dialog.locator('[data-part=once]')
  await expect(once).toContainText('/share#code=')
  await axeClean(page, '[role=dialog]')
  const url = await once.locator('code').innerText()
  await once.getByRole('button', { name: 'I have it' }).click()
  await expect(dialog.locator('[data-part=link]')).toContainText('not opened yet')

  const context = await browser.newContext({ locale: 'en-US' })
  const guest = await context.newPage()
  const complaints: string[] = []
  guest.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  const heard = hearAddresses(guest)
  await guest.goto(url)
  await expect(guest.getByRole('heading', { level: 1, name: 'slow' })).toBeVisible()
  await expect(guest.locator('[data-part=shared]')).toContainText('Shared with you, to read, until')
  await expect(guest.getByRole('log')).toContainText(/counted \d+/)
  await expect(guest.getByRole('button', { name: /Live connection: (live|slow)/ })).toBeVisible()
  // Nothing can be done, and nothing leads elsewhere.
  for (const act of ['Cancel', 'Pause', 'Share', 'More actions']) await expect(guest.getByRole('button', { name: act })).toHaveCount(0)
  await expect(guest.getByRole('tab', { name: 'Parameters' })).toHaveCount(0)
  for (const tab of ['Result', 'Metrics', 'Artifacts', 'Attempts', 'Events', 'Diagnostics']) {
    await guest.getByRole('tab', { name: tab }).click()
    await expect(guest.getByRole('tabpanel', { name: tab })).toBeVisible()
  }
  await expect(guest).toHaveURL(/\/share\?tab=diagnostics$/)
  await axeClean(guest)
  await picture(guest, 'share-en-light')
  expect(complaints, 'what a guest may not see is not asked for').toEqual([])

  // Loaded again it goes on, and counts as the same visit.
  await guest.reload()
  await expect(guest.getByRole('log')).toContainText(/counted \d+/)
  const code = new URL(url).hash.slice('#code='.length)
  expect(heard.filter((one) => one.includes(code) && one !== url)).toEqual([])

  await page.getByRole('button', { name: 'Close' }).last().click()
  await page.locator('body').press('s')
  await expect(dialog.locator('[data-part=link]')).toContainText('opened once')
  await dialog.getByRole('button', { name: 'Take back the link “parents of 7b”' }).click()
  await expect(dialog.locator('[data-part=link]')).toContainText('taken back')
  await expect(guest.getByRole('heading', { name: 'This link is good no more' })).toBeVisible({ timeout: 15_000 })
  await expect(guest.getByRole('log')).toHaveCount(0)
  await context.close()
})

test('no link, and one that never was, are told apart from trouble', async ({ page, allowedErrors }) => {
  allowedErrors.push(/status of 401|ERR_FAILED/)
  await page.goto('/share')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no link here')
  // The same document: the link is followed all the same.
  await page.goto('/share#code=never-was-one')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link is good no more')
  await expect(page).toHaveURL(/\/share$/)
  await axeClean(page)
})

test('whoever is signed in here reads by the link, and goes on to their own page', async ({ signedIn: page, server }) => {
  const run = await server.start('quick', { name: 'shared' })
  await page.goto(await makeLink(server, run.id, 'myself'))
  await expect(page.locator('[data-part=shared]')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(`${server.url}/runs/${run.id}`)
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible()
})

test('the shared page is for everyone: on a phone, in Chinese, dark', async ({ page, server }) => {
  const run = await server.start('slow', { count: 2_000 })
  await setLook(page, { language: 'zh-CN', theme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(await makeLink(server, run.id, 'a look'))
  await expect(page.getByRole('log')).toContainText(/counted \d+/)
  await axeClean(page)
  await picture(page, 'share-phone')
  await server.request('PUT', `/runs/${run.id}/cancellation`, {})
})
