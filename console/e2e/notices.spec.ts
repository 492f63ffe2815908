import { axeClean, expect, looks, setLook, test } from './fixtures'

test('what an administrator says reaches a page that is open, and one that is opened later; and leaves both', async ({
  signedIn: page,
  server,
}, testInfo) => {
  await page.goto('/tasks')
  await expect(page.getByRole('main')).toBeVisible()
  const maintenance = await server.notify('Maintenance at 18:00: runs go on after it', 'warning')
  const bar = page.getByRole('region', { name: 'Notices' })
  await expect(bar).toContainText('Maintenance at 18:00')
  const full = await server.notify('The disk of lab-3 is almost full: delete runs that nobody needs, or ask for room', 'error')
  await expect(bar).toContainText('almost full')
  for (const look of looks) {
    await setLook(page, look)
    await page.goto('/runs')
    const shown = page.getByRole('region', { name: look.language === 'en' ? 'Notices' : '公告' })
    await expect(shown).toContainText('Maintenance at 18:00')
    await axeClean(page, 'section[aria-label]')
    await page.screenshot({ path: testInfo.outputPath(`notices-${look.language}-${look.theme}.png`) })
  }
  await server.withdraw(full)
  const shown = page.getByRole('region', { name: '公告' })
  await expect(shown).not.toContainText('almost full')
  await shown.getByRole('button', { name: /^关闭此公告/ }).press('Escape')
  await expect(shown).toBeHidden()
  await page.reload()
  const newer = await server.notify('Come and see')
  await expect(shown).toContainText('Come and see')
  await expect(shown).not.toContainText('Maintenance')
  await server.withdraw(newer)
  await server.withdraw(maintenance)
})
