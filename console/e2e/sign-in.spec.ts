import { axeClean, expect, looks, picture, setLook, test } from './fixtures'

const refusal = /status of 401/

test('the link that the server printed signs in at once, and its code leaves the address', async ({ page, server }) => {
  await page.goto(await server.signInLink('/tasks'))
  await expect(page).toHaveURL(/\/tasks$/)
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible()
})

test('a link that was used says so and what to do; another one, pasted, works', async ({ page, server, allowedErrors }) => {
  allowedErrors.push(refusal)
  const link = await server.signInLink()
  await page.goto(link)
  await expect(page).toHaveURL(`${server.url}/`)
  await page.context().clearCookies()

  await page.goto(link)
  await expect(page.getByRole('alert')).toContainText('used already')
  await expect(page.getByText('headway open')).toBeVisible()
  await expect(page).not.toHaveURL(/code=/)

  const field = page.getByLabel('Sign-in link or code')
  await expect(field).toBeFocused()
  await field.fill('nothing of the kind')
  await field.press('Enter')
  await expect(page.getByRole('alert')).toContainText('There is no code in this')
  await field.fill(await server.signInLink())
  await field.press('Enter')
  await expect(page).toHaveURL(`${server.url}/`)
})

test('who is not signed in is led to the sign-in page, and from there on to the page that was asked for', async ({
  page,
  server,
  allowedErrors,
}) => {
  allowedErrors.push(refusal)
  await page.goto('/tasks?q=quick')
  await expect(page).toHaveURL(/\/sign-in\?to=/)
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  // Where tests before this one have made people, their passwords are asked for first.
  const link = page.getByLabel('Sign-in link or code')
  const byLink = page.getByRole('button', { name: 'Use a link instead' })
  await expect(link.or(byLink)).toBeVisible()
  if (await byLink.isVisible()) await byLink.click()
  await link.fill(await server.signInLink())
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page).toHaveURL(/\/tasks\?q=quick$/)
})

test('an address of another host is never gone on to', async ({ page, server }) => {
  const link = new URL(await server.signInLink())
  link.search = '?to=//example.org/'
  await page.goto(link.href)
  await expect(page).toHaveURL(`${server.url}/`)
})

test('a server that is away is told, and tried again', async ({ page, server, allowedErrors }) => {
  allowedErrors.push(/ERR_FAILED|Failed to load resource/)
  const link = await server.signInLink()
  await page.route('**/api/v1/sessions', (route) => route.abort())
  await page.goto(link)
  await expect(page.getByRole('alert')).toContainText('cannot be reached')
  await page.unroute('**/api/v1/sessions')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page).toHaveURL(`${server.url}/`)
})

for (const look of looks) {
  test(`the sign-in page is for everyone: ${look.language}, ${look.theme}`, async ({ page, allowedErrors }) => {
    allowedErrors.push(refusal)
    await setLook(page, look)
    await page.goto('/sign-in')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(look.language === 'en' ? 'Sign in' : '登录')
    await axeClean(page)
    await picture(page, `sign-in-${look.language}-${look.theme}`)
  })
}
