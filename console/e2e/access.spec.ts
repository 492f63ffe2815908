/** Who may do what: changed by one, and in force for another; what came of it in the audit log, and what others have to approve. */
import { axeClean, browserOf, expect, makeAccount, PASSWORD, picture, setLook, test } from './fixtures'

test('a user, a role, a group and a grant are made, are in force, and are taken away', async ({ signedIn: admin, browser, server }) => {
  await admin.goto('/access')
  await admin.getByRole('button', { name: 'New user' }).click()
  await admin.getByLabel('Name', { exact: true }).fill('wilma')
  await admin.keyboard.press('Enter')
  const once = admin.locator('[data-part=once]')
  await expect(once).toContainText('#code=')
  const link = await once.locator('code').innerText()

  const context = await browser.newContext({ baseURL: server.url, locale: 'en-US' })
  const user = await context.newPage()
  await user.goto(link)
  await user.getByLabel('New password').fill(PASSWORD)
  await user.keyboard.press('Enter')
  const pages = user.getByRole('navigation', { name: 'Pages' })
  await expect(pages).toBeVisible()
  await expect(pages.getByRole('link', { name: 'Audit log' })).toHaveCount(0)
  await user.goto('/audit')
  await expect(user.getByText('You may not read the audit log')).toBeVisible()

  await admin.getByRole('tab', { name: 'Roles' }).click()
  await admin.getByRole('button', { name: 'New role' }).click()
  const role = admin.getByRole('dialog', { name: 'New role' })
  await role.getByLabel('Name', { exact: true }).fill('auditor')
  await role.getByRole('checkbox', { name: 'audit:read' }).click()
  await axeClean(admin, '[role=dialog]')
  await role.getByRole('button', { name: 'Save' }).click()
  await expect(admin.getByRole('columnheader', { name: /auditor/ })).toBeVisible()
  await axeClean(admin)
  await picture(admin, 'access-roles-en-light')

  // Arrows move between the tabs.
  await admin.getByRole('tab', { name: 'Roles' }).press('ArrowLeft')
  await admin.getByRole('button', { name: 'New group' }).click()
  await admin.getByLabel('Name', { exact: true }).fill('revision')
  await admin.getByLabel('Let in').fill('wilma')
  await admin.keyboard.press('Enter')
  await expect(admin.locator('[data-group=revision]')).toContainText('wilma')

  await admin.goto('/access?tab=grants&group=revision')
  await admin.getByRole('button', { name: 'Give a role' }).click()
  const giving = admin.getByRole('dialog', { name: 'Give a role' })
  await giving.getByLabel('Role').selectOption('auditor')
  await giving.getByRole('button', { name: 'Give', exact: true }).click()
  await expect(admin.getByRole('row', { name: /revision.*auditor.*all projects/ })).toBeVisible()
  await expect(async () => {
    await user.reload()
    await expect(user.getByRole('table', { name: 'Audit log' })).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 15_000 })
  await expect(pages.getByRole('link', { name: 'Audit log' })).toBeVisible()

  await admin.getByRole('button', { name: 'Take away' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Take away' }).click()
  await expect(admin.getByText('No grants that you may change')).toBeVisible()
  await expect(async () => {
    await user.reload()
    await expect(user.getByText('You may not read the audit log')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 15_000 })
  await context.close()
})

test('the audit log is narrowed by the address, opened by keyboard, and verified', async ({ signedIn: page, server }) => {
  await makeAccount(server, 'vera', 'viewer')
  await page.goto('/audit?action=account.made')
  const row = page.getByRole('row', { name: /account\.made.*vera/ })
  await expect(row).toBeVisible()
  await expect(page.getByLabel('Action')).toHaveValue('account.made')
  await row.getByRole('button', { name: 'Show what was and what is' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Request id')).toBeVisible()
  await page.getByLabel('Target').fill('nobody-of-this-name')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Nothing fits')).toBeVisible()
  await expect(page).toHaveURL(/target=nobody-of-this-name/)
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(page.getByRole('table', { name: 'Audit log' })).toBeVisible()
  await axeClean(page)
})

test('a secret is set by keyboard, never shown, and deleted', async ({ signedIn: page }) => {
  const value = 'nine herons on one leg'
  await page.goto('/access?tab=secrets')
  await page.getByRole('button', { name: 'New secret' }).click()
  const dialog = page.getByRole('dialog', { name: 'New secret' })
  await dialog.getByLabel('Name', { exact: true }).fill('MAIL_KEY')
  await dialog.getByLabel('Value', { exact: true }).fill(value)
  await axeClean(page, '[role=dialog]')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /MAIL_KEY.*all projects/ })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('row', { name: /MAIL_KEY.*all projects/ })).toBeVisible()
  expect(await page.content()).not.toContain(value)
  await axeClean(page)
  await picture(page, 'secrets-en-light')
  await page.getByRole('button', { name: 'Actions for MAIL_KEY' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('heading', { name: 'No secrets yet' })).toBeVisible()
})

test('what one asks for comes to the browser of another by itself, who approves it by key, and it goes on', async ({ browser, server }) => {
  await server.request('PUT', '/projects/exams/protection', { run_start: 1 })
  for (const name of ['anton', 'berta']) await makeAccount(server, name, 'operator')
  const page = await browserOf(browser, server, 'anton')
  const other = await browserOf(browser, server, 'berta')
  await other.goto('/approvals')
  await expect(other.getByRole('heading', { name: 'Nothing here' })).toBeVisible()

  const { token } = (await (await page.request.post('/api/v1/session/tokens', { headers: { origin: server.url } })).json()) as {
    token: string
  }
  const asked = await page.request.post('/api/v1/tasks/quick/runs', {
    headers: { authorization: `Bearer ${token}` },
    data: { parameters: {}, project: 'exams', name: 'the exam of 7b' },
  })
  const { id } = (await asked.json()) as { id: string }
  await page.goto(`/runs/${id}`)
  await expect(page.locator('[data-part=run-approval]')).toBeVisible()

  await expect(other.locator('[data-part=approval]')).toContainText('Start the exam of 7b')
  await axeClean(other)
  await picture(other, 'approvals-en-light')
  await other.locator('body').press('j')
  await other.keyboard.press('a')
  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await expect(other.getByRole('heading', { name: 'Nothing here' })).toBeVisible()
  await expect(page.getByText('succeeded').first()).toBeVisible({ timeout: 15_000 })
  await expect(page.locator('[data-part=run-approval]')).toHaveCount(0)
  for (const one of [page, other]) await one.context().close()
})

test('who would make an administrator of a protected project is told that others were asked, and follows it', async ({
  browser,
  server,
}) => {
  for (const name of ['clara', 'dirk']) await makeAccount(server, name, 'admin')
  await makeAccount(server, 'emma', 'viewer')
  await server.request('PUT', '/projects/vault/protection', { grant_admin: 1 })
  const page = await browserOf(browser, server, 'clara')
  const other = await browserOf(browser, server, 'dirk')
  await page.goto('/access?tab=grants&account=emma')
  await page.getByRole('button', { name: 'Give a role' }).click()
  const giving = page.getByRole('dialog', { name: 'Give a role' })
  await giving.getByLabel('Role').selectOption('admin')
  await giving.getByLabel('Project').fill('vault')
  await giving.getByRole('button', { name: 'Give', exact: true }).click()
  const note = page.locator('[data-part=asked]')
  await expect(note).toContainText('Asked, and not done yet: Give emma the role admin')
  await expect(page.getByRole('row', { name: /emma.*admin.*vault/ })).toHaveCount(0)
  await axeClean(page)
  await picture(page, 'access-asked-en-light')
  await note.getByRole('link', { name: 'Follow it' }).press('Enter')
  await expect(page.locator('[data-part=approval]')).toContainText('0 of 1 approved')

  await other.goto('/approvals')
  await other.locator('[data-part=approval]').getByRole('button', { name: 'Approve' }).click()
  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await expect(page.locator('[data-part=approval]')).toContainText('done', { timeout: 15_000 })
  await page.goto('/access?tab=grants&account=emma')
  await expect(page.getByRole('row', { name: /emma.*admin.*vault/ })).toBeVisible()
  for (const one of [page, other]) await one.context().close()
})

test('the pages of access are for everyone: in Chinese, dark, and on a phone', async ({ signedIn: page, server }) => {
  await makeAccount(server, 'xenia', 'viewer')
  await setLook(page, { language: 'zh-CN', theme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const tab of ['users', 'groups', 'roles', 'grants']) {
    await page.goto(`/access?tab=${tab}`)
    const panel = page.getByRole('tabpanel')
    await expect(panel.getByRole('table').or(panel.getByRole('heading')).or(panel.getByRole('listitem')).first()).toBeVisible()
    await axeClean(page)
    await picture(page, `access-${tab}-phone`)
  }
  await page.goto('/audit')
  await expect(page.getByRole('table')).toBeVisible()
  await axeClean(page)
  await picture(page, 'audit-phone')
})
