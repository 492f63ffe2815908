import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

import { test as base, axeClean, expect, HeadwayServer, looks, picture, setLook } from './fixtures'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Served by a tree of its own is the console as it is built for those who work on it: with the page that shows its components. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const tree = await mkdtemp(join(tmpdir(), 'headway-components-'))
      await cp(join(root, 'src'), join(tree, 'src'), { recursive: true, filter: (path) => !path.endsWith('__pycache__') })
      await build({
        root: join(root, 'console'),
        mode: 'components',
        logLevel: 'error',
        build: { outDir: join(tree, 'console/dist'), emptyOutDir: true },
      })
      const server = await HeadwayServer.start({ source: join(tree, 'src') })
      await use(server)
      await server.stop()
      await rm(tree, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

for (const look of looks) {
  test(`every component in every state: ${look.language}, ${look.theme}`, async ({ signedIn: page }) => {
    await setLook(page, look)
    await page.setViewportSize({ width: 1600, height: 4200 })
    await page.goto('/components')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(look.language === 'en' ? 'Components' : '组件')
    await axeClean(page)
    await picture(page, `components-${look.language}-${look.theme}`)
  })
}

test('a question before what cannot be taken back takes a reason, by keyboard', async ({ signedIn: page }) => {
  await page.goto('/components')
  const button = page.getByRole('button', { name: 'Ask first' }).first()
  await button.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Cancel the run' })
  await expect(dialog.getByLabel('Reason')).toBeFocused()
  await axeClean(page, '[role=dialog]')
  await page.keyboard.type('wrong class')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(page.getByText('wrong class', { exact: true })).toBeVisible()
  await button.click()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('a menu is used by arrows and gives the focus back', async ({ signedIn: page }) => {
  await page.goto('/components')
  const button = page.getByRole('button', { name: 'More' }).first()
  await button.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Clone' })).toBeFocused()
  await axeClean(page, '.flyout:popover-open')
  await page.keyboard.press('End')
  await expect(page.getByRole('menuitem', { name: 'Cancel the run' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('menu')).toHaveCount(0)
  await expect(button).toBeFocused()
})
