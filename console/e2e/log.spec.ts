import { fileURLToPath } from 'node:url'
import { expect as assert, type Page } from '@playwright/test'

import { expect, HeadwayServer, test as base } from './fixtures'

const nasty = fileURLToPath(new URL('nasty_tasks.py', import.meta.url))
const usual = fileURLToPath(new URL('tasks.py', import.meta.url))

/** A server with tasks that print what no task should. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const server = await HeadwayServer.start({ tasks: [usual, nasty] })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

const log = (page: Page) => page.getByRole('log', { name: 'Log of this run' })
const rows = (page: Page) => log(page).locator('.log-row')

/** Starts a task, waits for its end, and opens it. */
async function open(page: Page, server: HeadwayServer, task: string, parameters = {}, more = ''): Promise<string> {
  const run = await server.start(task, parameters)
  await assert.poll(async () => (await server.run(run.id)).state, { timeout: 30_000 }).toBe('succeeded')
  await page.goto(`/runs/${run.id}${more}`)
  await expect(rows(page).first()).toBeVisible({ timeout: 20_000 })
  return run.id
}

test('a long log opens at its end, goes to its beginning and back', async ({ signedIn: page, server }) => {
  await open(page, server, 'chatty', { lines: 5_000 })
  await expect(log(page)).toContainText('line 4999')
  assert(await rows(page).count()).toBeLessThan(150)
  await page.keyboard.press('g')
  await page.keyboard.press('g')
  await expect(log(page)).toContainText('line 1:')
  await page.keyboard.press('Shift+G')
  await expect(log(page)).toContainText('line 4999')
})

test('levels are filtered on the server, errors are walked', async ({ signedIn: page, server }) => {
  await open(page, server, 'chatty', { lines: 2_000 })
  await page.getByRole('button', { name: /^error 4/ }).click()
  await expect(rows(page)).toHaveCount(4)
  await expect(page).toHaveURL(/levels=error/)
  await page.getByRole('button', { name: /^warning 16/ }).click()
  await expect(rows(page)).toHaveCount(20)
  await page.keyboard.press('l')
  await expect(log(page)).toContainText('the quick brown fox')
  await page.keyboard.press('e')
  await expect(log(page).locator('.is-current')).toContainText('line 500: this one is an error')
  await page.keyboard.press('e')
  await expect(log(page).locator('.is-current')).toContainText('line 1000: this one is an error')
  await page.keyboard.press('Shift+E')
  await expect(log(page).locator('.is-current')).toContainText('line 500: this one is an error')
})

test('search finds every hit, also by pattern, and says what is wrong with one', async ({ signedIn: page, server }) => {
  await open(page, server, 'chatty', { lines: 3_000 })
  await page.keyboard.press('/')
  const field = page.getByRole('textbox', { name: 'Search the log' })
  await expect(field).toBeFocused()
  await field.fill('THIS ONE IS A WARNING')
  await expect(page.getByText('1 of 24', { exact: true })).toBeVisible()
  await expect(log(page).locator('.log-hit').first()).toHaveText('this one is a warning')
  await page.keyboard.press('Enter')
  await expect(page.getByText('2 of 24', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Match case' }).click()
  await expect(page.getByText('no matches')).toBeVisible()
  await page.getByRole('button', { name: 'Match case' }).click()
  await page.getByRole('button', { name: 'Regular expression' }).click()
  await field.fill('line \\d00: this')
  await expect(page.getByText('1 of 9', { exact: true })).toBeVisible()
  await expect(log(page).locator('.log-hit').first()).toHaveText('line 100: this')
  await page.keyboard.press('Escape')
  await expect(field).toBeHidden()
})

test('lines are linked, marked and copied', async ({ signedIn: page, server }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const id = await open(page, server, 'chatty', { lines: 1_000 })
  await page.goto(`/runs/${id}#L203-L205`)
  await expect(log(page).locator('.is-picked')).toHaveCount(3)
  await expect(log(page).locator('.is-picked').first()).toContainText('line 202')
  await page.getByRole('button', { name: 'Copy 3 lines' }).click()
  await expect(page.getByText('Copied.')).toBeVisible()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert(copied.split('\n')).toHaveLength(3)
  assert(copied).toMatch(/^line 202: the quick/)
  await log(page).getByRole('link', { name: '206', exact: true }).click()
  await log(page)
    .getByRole('link', { name: '208', exact: true })
    .click({ modifiers: ['Shift'] })
  await expect(page).toHaveURL(/#L206-L208$/)
})

test('the log is downloaded as text, JSON lines and gzip', async ({ signedIn: page, server }) => {
  await open(page, server, 'chatty', { lines: 100 })
  for (const [name, file] of [
    ['Text (.txt)', 'chatty.txt'],
    ['JSON lines (.jsonl)', 'chatty.jsonl'],
    ['Text, compressed (.txt.gz)', 'chatty.txt.gz'],
  ] as const) {
    await page.getByRole('button', { name: 'Download', exact: true }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()])
    assert(download.suggestedFilename()).toBe(file)
  }
})

test('what is printed while one looks elsewhere is counted', async ({ signedIn: page, server }) => {
  const run = await server.start('slow', { count: 2_000, pause: 0.05 })
  await page.goto(`/runs/${run.id}?log=full`)
  await expect(rows(page).nth(12)).toBeVisible({ timeout: 30_000 })
  await page.setViewportSize({ width: 1000, height: 320 })
  await log(page).hover()
  await page.mouse.wheel(0, -200)
  await expect(page.getByRole('button', { name: /new lines?/ })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('button', { name: 'Follow' })).toHaveAttribute('aria-pressed', 'false')
  await page.keyboard.press('Shift+G')
  await expect(page.getByRole('button', { name: /new lines?/ })).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await server.request('PUT', `/runs/${run.id}/cancellation`, {})
})

test('output that would do something is inert and readable', async ({ signedIn: page, server }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, server, 'nasty', {}, '?log=full')
  await page.evaluate(() => navigator.clipboard.writeText('what was copied before'))
  await page.keyboard.press('g')
  await page.keyboard.press('g')
  await expect(log(page)).toContainText('<script>window.pwned = true</script>')
  await expect(log(page)).toContainText('⟨OSC 52⟩')
  await expect(log(page)).toContainText('⟨U+202E⟩')
  await expect(log(page)).toContainText('␀')
  await expect(log(page).locator('.log-text a')).toHaveAttribute('href', 'https://example.org/fine')
  await expect(log(page).locator('.log-text a')).toHaveAttribute('rel', /noopener/)
  assert(await page.evaluate(() => navigator.clipboard.readText())).toBe('what was copied before')

  // A line of a megabyte came in parts; each is cut, until somebody wants it.
  const long = rows(page)
    .filter({ hasText: /x{100}/ })
    .first()
  assert(((await long.textContent()) ?? '').length).toBeLessThan(10_000)
  await long.getByRole('button', { name: /Details of line/ }).click()
  await log(page)
    .getByRole('button', { name: /Show all/ })
    .click()
  await expect(log(page).locator('.log-detail')).toHaveText(/x{16000}/)
  await page.keyboard.press('Shift+G')
  assert(await page.evaluate(() => 'pwned' in window)).toBe(false)
  assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
})

test('a result that would do something is text', async ({ signedIn: page, server }) => {
  await open(page, server, 'nasty', {}, '?tab=result')
  const panel = page.getByRole('region', { name: 'Inspector' }).getByRole('tabpanel')
  await expect(panel).toContainText('<script>window.pwned = true</script>')
  await expect(panel.getByRole('link', { name: 'do' })).toHaveCount(0)
  await expect(panel.locator('script, img, a[href^="javascript"]')).toHaveCount(0)
  assert(await page.evaluate(() => 'pwned' in window)).toBe(false)
})

test('files that would do something are shown as their source', async ({ signedIn: page, server }) => {
  await open(page, server, 'nasty', {}, '?tab=artifacts')
  const inspector = page.getByRole('region', { name: 'Inspector' })
  await inspector
    .getByRole('button', { name: /page\.html/ })
    .first()
    .click()
  await expect(inspector).toContainText('<script>window.pwned = true</script>')
  await inspector
    .getByRole('button', { name: /drawing\.svg/ })
    .first()
    .click()
  await expect(inspector).toContainText('onload=')
  await inspector
    .getByRole('button', { name: /marks\.csv/ })
    .first()
    .click()
  await expect(inspector.getByRole('columnheader', { name: 'marks' })).toBeVisible()
  assert(await page.evaluate(() => 'pwned' in window)).toBe(false)
})

test('ten thousand steps and names of ten kilobytes are just many', async ({ signedIn: page, server }) => {
  await open(page, server, 'countless', { steps: 10_000 })
  await expect(page.getByRole('tree', { name: 'Steps' })).toBeVisible()
  await expect(page.getByText('10,000', { exact: true }).first()).toBeVisible({ timeout: 20_000 })
  assert(await page.getByRole('treeitem').count()).toBeLessThan(80)
  await page.keyboard.press('Shift+T')
  await page.keyboard.press('End')
  await expect(page.getByRole('treeitem', { selected: true })).toContainText('step 9999')
  await page.keyboard.press('Home')
  const named = page.getByRole('treeitem').filter({ hasText: /n{50}/ }).first()
  await expect(named).toBeVisible()
  assert(((await named.textContent()) ?? '').length).toBeLessThan(600)
  assert(((await named.boundingBox())?.height ?? 0) < 60, 'one line high').toBe(true)
  assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
})

test('sixty-four bars at once are folded', async ({ signedIn: page, server }) => {
  const run = await server.start('bars', { count: 64, seconds: 20 })
  await page.goto(`/runs/${run.id}`)
  const more = page.getByRole('button', { name: /more bars/ })
  await expect(more).toBeVisible({ timeout: 20_000 })
  assert(await page.getByRole('progressbar').count()).toBeLessThanOrEqual(4)
  await more.click()
  await expect.poll(() => page.getByRole('progressbar').count()).toBeGreaterThan(30)
  await server.request('PUT', `/runs/${run.id}/cancellation`, {})
})
