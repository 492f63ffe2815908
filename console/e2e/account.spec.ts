/** Signing in by password, one's own account, and API keys. */
import { axeClean, browserOf, expect, makeAccount, PASSWORD, picture, setLook, test } from './fixtures'

const refused = /status of (401|429)/

test('a password signs in and leads to what was asked for, and never to another host', async ({ page, server, allowedErrors }) => {
  allowedErrors.push(refused)
  await makeAccount(server, 'grace', 'viewer')
  await page.goto('/tasks?q=quick')
  await expect(page).toHaveURL(/\/sign-in\?to=/)
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.type('grace')
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the right one')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('The name or the password is wrong')
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await axeClean(page)
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/tasks\?q=quick$/)
  await page.getByRole('button', { name: 'Account and appearance' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await setLook(page, { language: 'zh-CN', theme: 'dark' })
  await page.goto('/sign-in?to=//example.org/')
  await page.getByLabel('用户名').fill('grace')
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await axeClean(page)
  await picture(page, 'password-zh-CN-dark')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${server.url}/`)
})

test('ten wrong passwords lock the name: the page says so and counts down, and an administrator unlocks it', async ({
  page,
  server,
  signedIn: admin,
  allowedErrors,
}) => {
  allowedErrors.push(refused)
  await makeAccount(server, 'lockable', 'viewer')
  const wrong = { headers: { origin: server.url }, data: { name: 'lockable', password: 'not the right one' } }
  for (let count = 0; count < 10; count++) await page.request.post('/api/v1/sessions/by-password', wrong)
  await page.goto('/sign-in')
  await page.getByLabel('Name').fill('lockable')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('Too many wrong passwords')
  await expect(page.locator('[data-part=wait]')).toContainText(/Try again in 1\dm/)

  await admin.goto('/access?q=lockable')
  await expect(admin.getByRole('row', { name: /lockable.*locked until/ })).toBeVisible()
  await admin.getByRole('button', { name: 'Actions for lockable' }).click()
  await admin.getByRole('menuitem', { name: 'Unlock' }).click()
  await expect(admin.getByRole('row', { name: /lockable.*active/ })).toBeVisible()
  const answer = await page.request.post('/api/v1/sessions/by-password', { ...wrong, data: { name: 'lockable', password: PASSWORD } })
  expect(answer.status()).toBe(201)
})

test('how pages look belongs to the account; sign-ins end one by one, or all with another password', async ({ browser, server }) => {
  await makeAccount(server, 'edith', 'viewer')
  const page = await browserOf(browser, server, 'edith')
  const other = await browserOf(browser, server, 'edith')
  await other.goto('/tasks')
  await page.goto('/account')
  await page.getByLabel('Language').selectOption('zh-CN')
  await page.getByLabel('Theme').selectOption('dark')
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name: '登录记录' })).toBeVisible()
  await expect(page.locator('html')).toHaveClass(/dark/)
  // Not the note that it is saved, which goes by itself.
  await axeClean(page, 'main')
  await picture(page, 'account-zh-CN-dark')
  await other.reload()
  await expect(other.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(other.locator('html')).toHaveClass(/dark/)

  await expect(page.locator('[data-part=sign-in]')).toHaveCount(2)
  await page.getByRole('button', { name: '结束' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '结束' }).click()
  await expect(page.locator('[data-part=sign-in]')).toHaveCount(1)
  await expect(other).toHaveURL(/\/sign-in/, { timeout: 15_000 })

  const third = await browserOf(browser, server, 'edith')
  await third.goto('/tasks')
  await page.getByLabel('当前密码').fill(PASSWORD)
  await page.getByLabel('新密码').fill('seven lanterns on a quiet river')
  await page.keyboard.press('Enter')
  await expect(page.getByText('密码已修改，其他登录均已结束。', { exact: true }).first()).toBeVisible()
  await expect(third).toHaveURL(/\/sign-in/, { timeout: 15_000 })
  for (const one of [page, other, third]) await one.context().close()
})

test('a key is made, shown once, good for what it names, rotated and revoked', async ({ browser, server }) => {
  await makeAccount(server, 'konrad', 'operator')
  const page = await browserOf(browser, server, 'konrad')
  await page.goto('/account')
  await page.getByRole('button', { name: 'New key' }).click()
  const dialog = page.getByRole('dialog', { name: 'New key' })
  await dialog.getByLabel('What it is for').fill('nightly import')
  await axeClean(page, '[role=dialog]')
  await page.keyboard.press('Enter')
  const once = page.locator('[data-part=once]')
  await expect(once).toContainText('hwk_')
  const answers = async (key: string): Promise<number[]> =>
    Promise.all(
      ['/runs', '/tasks'].map(
        async (path) => (await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).status,
      ),
    )
  const first = await once.locator('code').innerText()
  expect(await answers(first)).toEqual([200, 403])
  await once.getByRole('button', { name: 'I have it' }).click()
  await expect(page.getByText(first)).toHaveCount(0)

  await page.getByRole('button', { name: 'Rotate' }).click()
  const rotating = page.getByRole('dialog', { name: 'A new secret for “nightly import”' })
  await rotating.getByLabel('The old secret stays good for').selectOption('no longer')
  await rotating.getByRole('button', { name: 'Rotate' }).click()
  await expect(once).toContainText('hwk_')
  const second = await once.locator('code').innerText()
  expect(await answers(second)).toEqual([200, 403])
  await expect.poll(() => answers(first)).toEqual([401, 401])

  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.locator('[data-part=key]')).toContainText('revoked')
  await expect.poll(() => answers(second)).toEqual([401, 401])
  await picture(page, 'account-en-light')
  await page.context().close()
})
