import { axeClean, expect, looks, picture, setLook, test } from './fixtures'

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
