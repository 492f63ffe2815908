import { readFile } from 'node:fs/promises'

import { axeClean, expect, looks, picture, setLook, test } from './fixtures'

test('lines of all runs are found, narrowed and opened, by mouse and by keyboard', async ({ signedIn: page, server }) => {
  await server.start('quick', { name: 'ada' }, { name: 'greets ada' })
  const slow = await server.start('slow', { count: 60, pause: 0.01 }, { name: 'counts of logs' })
  await page.goto('/runs')
  await page.locator('main').press('g')
  await page.keyboard.press('l')
  await expect(page).toHaveURL(/\/logs$/)
  const list = page.getByRole('log', { name: 'Lines of all logs' })
  await expect(list.getByText('hello ada')).toBeVisible()

  await page.locator('main').press('/')
  await page.keyboard.type('DOUBTFUL')
  await expect(page).toHaveURL(/q=DOUBTFUL/)
  await expect(list.locator('.log-hit').first()).toHaveText('doubtful')
  await expect(list.getByText('hello ada')).toBeHidden()
  await expect(page.getByRole('status').filter({ hasText: /lines?$/ })).toBeVisible()
  await page.getByLabel('Search all logs', { exact: true }).getByRole('textbox').press('Escape')
  await expect(page).not.toHaveURL(/q=/)

  await page.getByRole('combobox', { name: 'Task' }).selectOption('quick')
  await expect(list.getByText('hello ada')).toBeVisible()
  await expect(list.getByText('is doubtful')).toHaveCount(0)
  await page.goBack()
  await page.getByRole('button', { name: /^warning/ }).click()
  await expect(page).toHaveURL(/levels=warning/)
  await expect(list.getByText('hello ada')).toBeHidden()

  await page.goto(`/logs?run=${slow.id}`)
  await expect(page.getByRole('button', { name: /Only this run/ })).toBeVisible()
  await list.press('j')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/runs/${slow.id}.*#L\\d+$`))
})

test('a regular expression that is none is told, and a field narrows', async ({ signedIn: page, server, allowedErrors }) => {
  allowedErrors.push(/422/)
  await server.start('quick', { name: 'eva' })
  await page.goto('/logs?q=hello (&regex=1')
  await expect(page.getByRole('alert')).toContainText('missing ), unterminated subpattern')
  await expect(page.getByRole('button', { name: 'Follow' }), 'a pattern is followed like a text').toBeEnabled()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('textbox', { name: /A name and its value/ }).fill('sheet=7')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/field=sheet%3D7|field=sheet=7/)
  await expect(page.getByRole('heading', { name: 'No line fits' })).toBeVisible()
})

test('new lines come at once, and wait behind a button for who reads further down', async ({ signedIn: page, server }) => {
  await server.start('slow', { count: 900, pause: 0 }, { name: 'fills the page' })
  await page.goto('/logs')
  const list = page.getByRole('log', { name: 'Lines of all logs' })
  await expect(list.getByText('counted 890')).toBeVisible()
  await server.start('quick', { name: 'at once' })
  await expect(list.getByText('hello at once')).toBeVisible()
  await list.hover()
  await page.mouse.wheel(0, 900)
  await expect(list.getByText('hello at once')).toBeHidden()
  await server.start('quick', { name: 'a moment later' })
  const button = page.getByRole('button', { name: /new line/ })
  await expect(button).toBeVisible()
  await button.click()
  await expect(list.getByText('hello a moment later')).toBeVisible()
  await page.getByRole('button', { name: 'Follow' }).click()
  await expect(page).toHaveURL(/follow=0/)
})

test('what is found is kept as a file', async ({ signedIn: page, server }) => {
  await server.start('quick', { name: 'into a file' })
  await page.goto('/logs?q=hello into a file')
  await expect(page.getByText('These are all lines.')).toBeVisible()
  await page.getByRole('button', { name: 'Download' }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: /JSON lines \(/ }).click()
  const file = await coming
  expect(file.suggestedFilename()).toBe('logs.jsonl')
  const [line] = (await readFile(await file.path(), 'utf8')).trim().split('\n')
  expect(JSON.parse(line ?? '')).toMatchObject({ text: 'hello into a file', level: 'info', task: 'quick' })
})

for (const look of looks) {
  test(`the page of logs looks right in ${look.language}, ${look.theme}`, async ({ signedIn: page, server }) => {
    await server.start('slow', { count: 200, pause: 0 })
    await setLook(page, look)
    await page.goto('/logs')
    await expect(page.getByRole('log').getByText('counted 190').first()).toBeVisible()
    await axeClean(page)
    await picture(page, `logs-${look.language}-${look.theme}`)
  })
}
