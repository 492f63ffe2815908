import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { signOut } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, problem } from './testing/server'

let server: ModelServer
beforeEach(async () => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  await signOut()
  server.isSignedIn = false
})
afterEach(() => server.close())

const principal = { id: 'ada', role: null, scopes: [], permissions: [], permissions_somewhere: [] }
const opened = () => Response.json({ principal, expires_at: '2030-01-01T00:00:00Z' })
const WAYS = 'GET /api/v1/sign-in-ways'
const BY_PASSWORD = 'POST /api/v1/sessions/by-password'
const withAccounts = (name: string | null = null) =>
  server.answers.set(WAYS, () => Response.json({ has_password: true, provider: name === null ? null : { name } }))

async function fill(name: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

describe('signing in by name and password', () => {
  it('goes on to where one wanted', async () => {
    withAccounts()
    server.answers.set(BY_PASSWORD, () => {
      server.isSignedIn = true
      return opened()
    })
    const router = await open('/sign-in?to=/tasks')
    await expect.element(page.getByRole('textbox', { name: 'Name' })).toHaveAttribute('autocomplete', 'username')
    await expect.element(page.getByRole('textbox', { name: 'Password' })).toHaveAttribute('autocomplete', 'current-password')
    await fill(' ada ', 'tulips under a cold moon')
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
    expect(server.askedFor('POST', '/by-password').map(({ body }) => body)).toEqual([{ name: 'ada', password: 'tulips under a cold moon' }])
  })

  it('says what is wrong, forgets the password, and asks for it again', async () => {
    withAccounts()
    server.answers.set(BY_PASSWORD, () => problem(401, 'sign_in_refused'))
    await open('/sign-in')
    await fill('ada', 'wrong')
    await expect.element(page.getByRole('alert')).toHaveTextContent('The name or the password is wrong.')
    const field = page.getByRole('textbox', { name: 'Password' })
    await expect.element(field).toHaveValue('')
    await expect.element(field).toHaveFocus()
    await fill('', 'something')
    await expect.element(page.getByRole('alert')).toHaveTextContent('Your name is missing.')
    expect(server.askedFor('POST', '/by-password')).toHaveLength(1)
  })

  it('counts down when a name is locked, and hears nothing meanwhile', async () => {
    withAccounts()
    server.answers.set(BY_PASSWORD, () => problem(429, 'sign_in_locked', { retry_in_seconds: 900 }))
    await open('/sign-in')
    await fill('ada', 'wrong')
    await expect.element(page.getByRole('alert')).toHaveTextContent(/Too many wrong passwords for this name/)
    await expect.element(page.getByRole('button', { name: /Try again in 1[45]m/ })).toBeDisabled()
    await expect.element(page.getByRole('button', { name: /Try again in 14m \d+s/ })).toBeDisabled()
  })

  it('hears again when the time is over', async () => {
    withAccounts()
    server.answers.set(BY_PASSWORD, () => problem(429, 'rate_limited', { retry_in_seconds: 0.5 }))
    await open('/sign-in')
    await fill('ada', 'wrong')
    await expect.element(page.getByRole('alert')).toHaveTextContent('Too many tries. Wait a little.')
    await expect.element(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled()
  })

  it('shows the password when asked to', async () => {
    withAccounts()
    await open('/sign-in')
    const field = page.getByRole('textbox', { name: 'Password' })
    await expect.element(field).toHaveAttribute('type', 'password')
    await page.getByRole('button', { name: 'Show the password' }).click()
    await expect.element(field).toHaveAttribute('type', 'text')
  })
})

describe('other ways', () => {
  it('leads to the provider, and back to where one wanted', async () => {
    withAccounts('University')
    await open('/sign-in?to=/runs?state=failed')
    await expect
      .element(page.getByRole('link', { name: 'Continue with University' }))
      .toHaveAttribute('href', '/api/v1/oidc/start?to=%2Fruns%3Fstate%3Dfailed')
    await page.getByRole('button', { name: 'Use a link instead' }).click()
    await expect.element(page.getByRole('textbox', { name: 'Sign-in link or code' })).toBeVisible()
  })

  it.each([
    ['not_admitted', /there is no account here that is yours/],
    ['of_tomorrow', /did not work \(of_tomorrow\)/],
    ['<b>', null],
  ])('says what went wrong there: %s', async (code, words) => {
    withAccounts()
    await open(`/sign-in?problem=${encodeURIComponent(code)}`)
    await expect.element(page.getByRole('textbox', { name: 'Name' })).toBeVisible()
    if (words) await expect.element(page.getByRole('alert')).toHaveTextContent(words)
    else expect(page.getByRole('alert').query()).toBeNull()
  })

  it('has a new password set by a link that is for it', async () => {
    const tried: unknown[] = []
    server.answers.set('POST /api/v1/sessions', () => {
      const { body } = server.askedFor('POST', '/sessions').at(-1)!
      tried.push(body['password'])
      if (body['password'] === undefined) return problem(422, 'password_wanted', { account: 'ada', field: 'password' })
      if (String(body['password']).includes('ada')) return problem(422, 'weak_password', { why: 'name' })
      server.isSignedIn = true
      return opened()
    })
    const router = await open('/sign-in#code=a-good-code')
    const field = page.getByRole('textbox', { name: 'New password' })
    await expect.element(page.getByText('Choose a password for the account ada.', { exact: false })).toBeVisible()
    await expect.element(field).toHaveFocus()
    await field.fill('tulips')
    await expect.element(page.getByText('9 more characters')).toBeVisible()
    const set = page.getByRole('button', { name: 'Set the password' })
    await set.click()
    await expect.element(page.getByText('It is too short: at least 15 characters are needed.')).toBeVisible()
    await field.fill('ada and her tulips')
    await set.click()
    await expect.element(page.getByText('It holds the name of the account.')).toBeVisible()
    await field.fill('tulips under a cold moon')
    await set.click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/')
    expect(tried).toEqual([undefined, 'ada and her tulips', 'tulips under a cold moon'])
  })
})
