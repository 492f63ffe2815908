import type { Page } from '@playwright/test'

import { axeClean, expect, looks, picture, setLook, test } from './fixtures'

const header = (page: Page) => page.getByRole('main').locator('header').first()
const log = (page: Page) => page.getByRole('log', { name: 'Log of this run' })

test('a run is seen moving, is cancelled with a reason, and started again', async ({ signedIn: page, server }) => {
  const run = await server.start('slow', { count: 500 }, { name: 'nightly import', tags: ['exam'] })
  await page.goto(`/runs/${run.id}`)
  await expect(page.getByRole('heading', { level: 1, name: 'nightly import' })).toBeVisible()
  await expect(header(page).getByText('running', { exact: true })).toBeVisible()
  await expect(header(page).getByText(/\/ 500 sheets/)).toBeVisible()
  await expect(page).toHaveTitle(/^\d+% nightly import/)
  await expect(page.locator('link[rel~=icon]')).toHaveAttribute('href', /^data:image\/svg/)

  // It moves by itself, on every part of the page.
  const amount = header(page).getByText(/\/ 500 sheets/)
  const before = await amount.textContent()
  await expect(amount).not.toHaveText(before ?? '')
  await expect(page.getByRole('treeitem', { name: /count/ })).toBeVisible()
  await expect(log(page)).toContainText('counted 10')

  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog', { name: 'Cancel this run?' })
  await dialog.getByRole('textbox').fill('wrong parameters')
  await dialog.getByRole('button', { name: 'Cancel the run' }).click()
  await expect(header(page).getByText('cancelled', { exact: true })).toBeVisible({ timeout: 20_000 })
  await expect(header(page).getByText('Cancellation asked')).toBeVisible()
  await expect(log(page)).toContainText('wrong parameters')
  await expect(page).toHaveTitle(/^cancelled nightly import/)
  await expect(header(page).getByRole('button', { name: 'Cancel' })).toBeDisabled()

  await page.keyboard.press('r')
  await expect(page).not.toHaveURL(new RegExp(run.id))
  await expect(header(page).getByText('running', { exact: true })).toBeVisible({ timeout: 20_000 })
  await header(page).getByRole('button', { name: 'Cancel' }).click()
  await dialog.getByRole('button', { name: 'Cancel the run' }).click()
  await expect(header(page).getByText('cancelled', { exact: true })).toBeVisible({ timeout: 20_000 })
})

test('a run is paused after an item, frees its worker, and goes on with the next', async ({ signedIn: page, server }) => {
  const run = await server.start('steady', { count: 60, pause: 0.25 })
  await page.goto(`/runs/${run.id}`)
  await expect(log(page)).toContainText('number 5')
  await header(page).getByRole('button', { name: 'Pause' }).click()
  await expect(header(page).getByText('paused', { exact: true })).toBeVisible({ timeout: 20_000 })
  await expect(header(page).getByText('Paused; it goes on from its last checkpoint')).toBeVisible()
  await expect(page).toHaveTitle(/^paused /)

  await page.keyboard.press('p')
  await expect(header(page).getByText('attempt 2')).toBeVisible({ timeout: 20_000 })
  await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible({ timeout: 30_000 })
  const { items } = await server.request<{ items: { text?: string }[] }>('GET', `/runs/${run.id}/entries?limit=1000`)
  const texts = items.map(({ text }) => text).filter((text) => text?.startsWith('number '))
  expect(texts).toEqual(Array.from({ length: 60 }, (_, index) => `number ${index}`))
})

test('the log of a run that has ended is deleted after a question; the run stays, and says who did it', async ({
  signedIn: page,
  server,
}) => {
  const run = await server.start('chatty', { lines: 300 }, { name: 'names of pupils' })
  await expect.poll(async () => (await server.run(run.id)).state, { timeout: 20_000 }).toBe('succeeded')
  await page.goto(`/runs/${run.id}`)
  const lines = log(page).getByText(/^\d+ |line/)
  await expect(lines.first()).toBeVisible()

  const question = page.getByRole('dialog', { name: 'Delete the log of this run?' })
  const ask = async () => {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete the log' }).click()
    await expect(question).toContainText('Its lines are gone for good')
  }
  await ask()
  await axeClean(page, '[role=dialog]')
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(lines.first()).toBeVisible()

  await ask()
  await question.getByRole('button', { name: 'Delete the log' }).click()
  await expect(page.getByText('The log is deleted').first()).toBeVisible()
  await expect(page.getByText(/^The lines up to \d+ were deleted by/)).toBeVisible()
  await expect(lines).toHaveCount(0)
  await page.reload()
  await expect(page.getByText(/^The lines up to \d+ were deleted by/)).toBeVisible()
  await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'More actions' }).click()
  await expect(page.getByRole('menuitem', { name: 'Delete the log' })).toBeDisabled()
  const { items } = await server.request<{ items: { text?: string }[] }>('GET', `/runs/${run.id}/entries?limit=1000`)
  expect(items.filter(({ text }) => text)).toEqual([])
})

test('why a run failed is said in words, with the traceback folded', async ({ signedIn: page, server }) => {
  const run = await server.start('failing')
  await page.goto(`/runs/${run.id}?tab=attempts`)
  const why = page.getByRole('region', { name: 'Why it failed' })
  await expect(why).toContainText('ValueError: the third sheet has no name')
  await expect(why).toContainText('Mend it and retry')
  await expect(why.getByText('raise ValueError')).toBeHidden()
  await why.getByText('Traceback', { exact: true }).click()
  await expect(why.getByText('raise ValueError')).toBeVisible()
  await expect(page.getByRole('tabpanel').getByText('Attempt 1')).toBeVisible()
})

test('steps are walked by the arrow keys, and the log comes along', async ({ signedIn: page, server }) => {
  const run = await server.start('slow', { count: 30, pause: 0.01 })
  await page.goto(`/runs/${run.id}`)
  await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible({ timeout: 20_000 })
  const tree = page.getByRole('tree', { name: 'Steps' })
  await expect(tree).toBeVisible()
  await page.keyboard.press('Shift+T')
  await expect(tree).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('treeitem', { selected: true })).toContainText('prepare')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('treeitem', { selected: true })).toContainText('count')
  await expect(page).toHaveURL(/step=/)
  await expect(page.getByRole('tabpanel')).toContainText('Step count')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Only the step count' })).toBeVisible()
  await expect(log(page)).toContainText('counted 20')
  await expect(log(page)).not.toContainText('preparing')
  await page.getByRole('button', { name: 'Only the step count' }).click()
  await expect(log(page)).toContainText('preparing')
})

test('the inspector shows parameters, result, live metrics, events and the stack', async ({ signedIn: page, server }) => {
  test.slow()
  const run = await server.start('slow', { count: 400 })
  await page.goto(`/runs/${run.id}`)
  const inspector = page.getByRole('region', { name: 'Inspector' })
  const panel = inspector.getByRole('tabpanel')
  await inspector.getByRole('tab', { name: 'Parameters' }).click()
  await expect(panel).toContainText('400')
  await inspector.getByRole('tab', { name: /Metrics/ }).click()
  await expect(panel.getByRole('img', { name: 'value' }).locator('canvas')).toBeVisible()
  const points = panel.getByText(/\d+ points/)
  const before = await points.textContent()
  await expect(points).not.toHaveText(before ?? '')
  await inspector.getByRole('tab', { name: 'Result' }).click()
  await expect(panel).toContainText('No result yet')
  await inspector.getByRole('tab', { name: 'Events' }).click()
  const oldest = panel.getByRole('button', { name: 'From the beginning' })
  await expect(oldest).toBeVisible()
  if (await oldest.isEnabled()) await oldest.click()
  await expect(panel).toContainText('run.created')
  await inspector.getByRole('tab', { name: 'Diagnostics' }).click()
  await panel.getByRole('button', { name: 'Dump the stack' }).click()
  await expect(panel).toContainText('PACE.wait', { timeout: 20_000 })
  await server.request('PUT', `/runs/${run.id}/cancellation`, {})
})

test('name and tags are edited in place', async ({ signedIn: page, server }) => {
  const run = await server.start('quick', {}, { name: 'before' })
  await page.goto(`/runs/${run.id}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Edit name and tags' }).click()
  await page.getByLabel('Name').fill('after <b>bold</b>')
  await page.getByLabel('Tags').fill('one, two')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('after <b>bold</b>')
  await expect(header(page).getByText('two')).toBeVisible()
})

for (const [way, offset] of [
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
] as const) {
  test(`a clock that is an hour ${way} changes nothing`, async ({ signedIn: page, server }) => {
    const run = await server.start('slow', { count: 300 }, { name: `an hour ${way}` })
    await page.clock.install({ time: Date.now() + offset })
    await page.clock.resume()
    await page.goto(`/runs/${run.id}`)
    const elapsed = header(page).locator('[data-elapsed]')
    await expect(elapsed).toHaveText(/^[1-9]\d? s$/)
    const before = (await elapsed.textContent()) ?? ''
    await expect(elapsed, 'it goes on').not.toHaveText(before)
    await expect(elapsed).toHaveText(/^[1-9]\d? s$/)
    await expect(header(page).getByText(/no update/)).toBeHidden()
    await expect(page.getByRole('button', { name: /^Live connection: (live|slow)/ })).not.toHaveAccessibleName(/min|h/)

    await page.goto(`/runs?q=an+hour+${way}&cols=state,name,created,elapsed`)
    const row = page.getByRole('row').filter({ hasText: `an hour ${way}` })
    await expect(row).toContainText(/just now|\d+ s ago/)
    await expect(row.getByRole('cell').last()).toHaveText(/^[1-9]\d? s$/)
    await server.request('PUT', `/runs/${run.id}/cancellation`, {})
  })
}

test.describe('a run that does not exist', () => {
  test.use({ allowedErrors: [/404/] })

  test('says so, with a code', async ({ signedIn: page }) => {
    await page.goto('/runs/019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12')
    await expect(page.getByRole('alert')).toContainText('run_not_found')
  })
})

for (const { language, theme } of looks) {
  test(`the page is accessible in ${language}, ${theme}`, async ({ signedIn: page, server }) => {
    const run = await server.start('slow', { count: 40, pause: 0.01 }, { name: 'nightly import' })
    await setLook(page, { language, theme })
    await page.goto(`/runs/${run.id}`)
    await expect(page.getByRole('treeitem').first()).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole('log')).toContainText('counted 30')
    await axeClean(page, 'main')
    await picture(page, `run-${language}-${theme}`)
  })
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('one part is seen at a time', async ({ signedIn: page, server }) => {
    const run = await server.start('slow', { count: 20, pause: 0.01 })
    await page.goto(`/runs/${run.id}`)
    await expect(log(page)).toContainText('counted 10', { timeout: 20_000 })
    await expect(page.getByRole('tree')).toBeHidden()
    await page.getByRole('tab', { name: 'Steps', exact: true }).click()
    await expect(page.getByRole('tree', { name: 'Steps' })).toBeVisible()
    await expect(log(page)).toBeHidden()
    await picture(page, 'run-phone')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
