import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'

/** A server whose tasks include a module that does not import. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const broken = join(tmpdir(), `headway_e2e_broken_${process.pid}.py`)
      await writeFile(broken, 'import there_is_no_such_module\n')
      const tasks = ['tasks.py', 'form_tasks.py'].map((file) => fileURLToPath(new URL(file, import.meta.url)))
      const server = await HeadwayServer.start({ tasks: [...tasks, broken] })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

test('tasks are found, opened and started by the keyboard', async ({ signedIn: page, server }) => {
  await server.start('quick')
  await page.goto('/tasks')
  await expect(page.getByRole('link', { name: 'quick', exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: '1 module does not import' })).toBeVisible()
  await page.getByText('Traceback', { exact: true }).click()
  await expect(page.locator('details pre')).toContainText('there_is_no_such_module')

  await page.locator('main').press('/')
  await page.keyboard.type('greets')
  await expect(page).toHaveURL(/q=greets/)
  await expect(page.getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('img', { name: /succeeded/ })).toBeVisible()
  await page.getByRole('link', { name: 'quick', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/tasks\/quick$/)
  await expect(page.getByRole('heading', { level: 1, name: 'quick' })).toBeVisible()
  // Its name stands in the address; its keys are there with the task itself.
  await expect(page.getByRole('region', { name: 'How its runs are executed', exact: true })).toBeVisible()
  await page.locator('main').press('s')
  await expect(page).toHaveURL(/\/tasks\/quick\/start/)

  await page.goto('/tasks?q=nothing-like-that')
  await expect(page.getByRole('heading', { name: /No task has/ })).toBeVisible()
  await page.getByRole('button', { name: 'Clear search' }).last().click()
  await expect(page.getByRole('link', { name: 'slow', exact: true })).toBeVisible()
})

test('a task says what it takes and how it went, and shows its runs, live', async ({ signedIn: page, server }) => {
  await server.start('slow', { count: 3, pause: 0.01 }, { name: 'of this task' })
  await page.goto('/tasks/slow')
  await expect(page.getByRole('row').filter({ hasText: 'Seconds for each.' })).toContainText('number')
  const runs = page.getByRole('region', { name: 'Runs', exact: true })
  await expect(runs.getByRole('row').filter({ hasText: 'of this task' })).toContainText('succeeded')
  await page.reload()
  await expect(page.getByRole('img', { name: /succeeded, 0 failed/ })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Statistics' })).toContainText('100%')
  await expect(page.getByText('Waits in the queue default.')).toBeVisible()
  await server.start('slow', { count: 2, pause: 0.01 }, { name: 'another of it' })
  await expect(runs.getByRole('link', { name: 'another of it' }).or(runs.getByRole('button', { name: /new run/ }))).toBeVisible()
})

test('a task that is not there says so', async ({ browser, baseURL, signedInState }) => {
  // The browser itself tells of the 404 on the console, as it should.
  const page = await browser.newPage({ baseURL, storageState: signedInState })
  await page.goto('/tasks/no-such-task')
  await expect(page.getByRole('alert')).toContainText('no-such-task')
  await page.close()
})

for (const look of looks) {
  test(`tasks are for everyone: ${look.language}, ${look.theme}`, async ({ signedIn: page, server }) => {
    test.slow()
    await setLook(page, look)
    await server.start('failing')
    await page.goto('/tasks')
    await expect(page.getByRole('link', { name: 'failing', exact: true })).toBeVisible()
    await axeClean(page)
    await picture(page, `tasks-${look.language}-${look.theme}`)
    await page.goto('/tasks/everything')
    await expect(page.getByRole('rowheader', { name: /title/ })).toBeVisible()
    await axeClean(page)
    await page.goto('/tasks/failing')
    await expect(page.getByRole('main').getByRole('link', { name: 'failing' }).first()).toBeVisible()
    await axeClean(page)
    await picture(page, `task-${look.language}-${look.theme}`)
  })
}
