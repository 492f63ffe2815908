import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { signOut } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, ownAccount, problem } from './testing/server'

let server: ModelServer
beforeEach(async () => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  await signOut()
  server.isSignedIn = true
  const none = () => Response.json({ items: [], next_cursor: null, total: null })
  for (const what of ['sign-ins', 'devices']) server.answers.set(`GET /api/v1/account/${what}`, none)
})
afterEach(() => server.close())

const BY_PASSWORD = 'POST /api/v1/sessions/by-password'
const BY_CODE = 'POST /api/v1/sessions/by-code'
const FACTOR = '/api/v1/account/second-factor'
const at = '2026-01-15T12:00:00Z'
const principal = { id: 'ada', role: null, scopes: [], permissions: [], permissions_somewhere: [], is_enrolling: false }
const codes = Array.from({ length: 10 }, (_, number) => `aaaa-bbbb-cccc-dddd-eeee-fff${number}`)
const opened = (left: number | null = null) => Response.json({ principal, expires_at: at, recovery_codes_left: left }, { status: 201 })
const gone = () => new Response(null, { status: 204 })

async function enter(): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill('ada')
  await page.getByRole('textbox', { name: 'Password' }).fill('tulips under a cold moon')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

describe('signing in with a second factor', () => {
  beforeEach(() => {
    server.isSignedIn = false
    server.answers.set('GET /api/v1/sign-in-ways', () => Response.json({ has_password: true, provider: null }))
    server.answers.set(BY_PASSWORD, () => Response.json({ voucher: 'v1', expires_at: at }, { status: 202 }))
  })

  it('asks for the code of the app after the password', async () => {
    const router = await open('/sign-in?to=/tasks')
    await enter()
    const field = page.getByRole('textbox', { name: 'Code of the app' })
    await expect.element(field).toHaveFocus()
    await expect.element(field).toHaveAttribute('autocomplete', 'one-time-code')
    await expect.element(field).toHaveAttribute('inputmode', 'numeric')
    server.answers.set(BY_CODE, () => problem(401, 'factor_code_refused'))
    await field.fill('000000')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect.element(page.getByRole('alert')).toHaveTextContent(/The code is wrong, or was used already/)
    await expect.element(field).toHaveValue('')
    server.answers.set(BY_CODE, () => {
      server.isSignedIn = true
      return opened()
    })
    await field.fill('287 082')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
    expect(server.askedFor('POST', '/by-code').map(({ body }) => body)).toEqual([
      { voucher: 'v1', code: '000000' },
      { voucher: 'v1', code: '287 082' },
    ])
  })

  it('takes a recovery code instead, and says how many are left', async () => {
    const router = await open('/sign-in?to=/tasks')
    await enter()
    await page.getByRole('button', { name: 'Use a recovery code instead' }).click()
    const field = page.getByRole('textbox', { name: 'Recovery code' })
    await expect.element(field).toHaveFocus()
    server.answers.set(BY_CODE, () => {
      server.isSignedIn = true
      return opened(3)
    })
    await field.fill(codes[0] ?? '')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect.element(page.getByRole('status')).toHaveTextContent('Still good: 3.')
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
  })

  it('begins anew when it took too long, and counts down when it is locked', async () => {
    await open('/sign-in')
    await enter()
    server.answers.set(BY_CODE, () => problem(401, 'sign_in_expired'))
    await page.getByRole('textbox', { name: 'Code of the app' }).fill('287082')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect.element(page.getByRole('alert')).toHaveTextContent('That took too long. Begin again.')
    await enter()
    server.answers.set(BY_CODE, () => problem(429, 'sign_in_locked', { retry_in_seconds: 900 }))
    await page.getByRole('textbox', { name: 'Code of the app' }).fill('287082')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect.element(page.getByRole('button', { name: /Try again in 1[45]m/ })).toBeDisabled()
  })
})

describe('the second factor of one’s own account', () => {
  const begun = { address: 'otpauth://totp/x', secret: 'JBSWY3DPEHPK3PXP', picture: '<svg xmlns="http://www.w3.org/2000/svg"/>' }

  it('is set up with a picture and a code, and gives recovery codes once', async () => {
    server.answers.set(`POST ${FACTOR}`, () => Response.json(begun, { status: 201 }))
    await open('/account')
    await page.getByRole('button', { name: 'Set up an app' }).click()
    await expect.element(page.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible()
    await expect.element(page.getByText('JBSW Y3DP EHPK 3PXP')).toBeVisible()
    const field = page.getByRole('textbox', { name: 'Then type the code that it shows' })
    await expect.element(field).toHaveFocus()
    server.answers.set(`PUT ${FACTOR}`, () => problem(401, 'factor_code_refused'))
    await field.fill('000000')
    await page.getByRole('button', { name: 'Ask for it from now on' }).click()
    await expect.element(page.getByText(/The code is wrong, or of another half minute/)).toBeVisible()
    server.answers.set(`PUT ${FACTOR}`, () => {
      const set = { ...ownAccount, has_second_factor: true, second_factor: { set_at: at, recovery_codes_left: 10 } }
      server.answers.set('GET /api/v1/account', () => Response.json(set))
      return Response.json({ recovery_codes: codes })
    })
    await field.fill('287082')
    await page.getByRole('button', { name: 'Ask for it from now on' }).click()
    await expect.element(page.getByText(codes[9] ?? '')).toBeVisible()
    await expect.element(page.getByRole('link', { name: 'Download' })).toHaveAttribute('download', 'headway-recovery-codes.txt')
    await expect.element(page.getByText('Recovery codes that are good still: 10.')).toBeVisible()
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await expect.element(page.getByText(codes[9] ?? '')).not.toBeInTheDocument()
    expect(server.askedFor('PUT', '/second-factor')).toHaveLength(2)
  })

  it('is taken off after a proof, which is asked for once', async () => {
    const set = { ...ownAccount, has_second_factor: true, second_factor: { set_at: at, recovery_codes_left: 9 } }
    server.answers.set('GET /api/v1/account', () => Response.json(set))
    server.answers.set(`DELETE ${FACTOR}`, () => problem(403, 'proof_required'))
    await open('/account')
    await page.getByRole('region', { name: 'Second factor' }).getByRole('button', { name: 'Take off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take off' }).click()
    const dialog = page.getByRole('dialog', { name: 'Is it you?' })
    await dialog.getByRole('textbox', { name: 'Password' }).fill('not the right one')
    await expect.element(dialog.getByRole('button', { name: 'Go on' })).toBeDisabled()
    await dialog.getByRole('textbox', { name: /Code of the app/ }).fill('287082')
    server.answers.set('POST /api/v1/account/proof', () => problem(401, 'sign_in_refused'))
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await expect.element(dialog.getByText('The password is wrong.')).toBeVisible()
    server.answers.set('POST /api/v1/account/proof', gone)
    server.answers.set(`DELETE ${FACTOR}`, () => {
      server.answers.set('GET /api/v1/account', () => Response.json(ownAccount))
      return gone()
    })
    await dialog.getByRole('textbox', { name: 'Password' }).fill('tulips under a cold moon')
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await expect.element(page.getByRole('button', { name: 'Set up an app' })).toBeVisible()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    // A wrong password is sent once: it counts.
    expect(server.askedFor('POST', '/proof').map(({ body }) => body)).toEqual([
      { password: 'not the right one', code: '287082' },
      { password: 'tulips under a cold moon', code: '287082' },
    ])
  })

  it('stays when nobody proves who they are', async () => {
    const set = { ...ownAccount, has_second_factor: true, second_factor: { set_at: at, recovery_codes_left: 9 } }
    server.answers.set('GET /api/v1/account', () => Response.json(set))
    server.answers.set('POST /api/v1/account/recovery-codes', () => problem(403, 'proof_required'))
    await open('/account')
    await page.getByRole('button', { name: 'New recovery codes' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New recovery codes' }).click()
    await page.getByRole('dialog', { name: 'Is it you?' }).getByRole('button', { name: 'Cancel' }).click()
    await expect.element(page.getByRole('alert')).toHaveTextContent(/It was not proved who you are/)
    expect(server.askedFor('POST', '/recovery-codes')).toHaveLength(1)
  })

  it('is for those with a password', async () => {
    server.answers.set('GET /api/v1/account', () => Response.json({ ...ownAccount, has_password: false }))
    await open('/account')
    await expect.element(page.getByText(/A second factor is set up where you sign in/)).toBeVisible()
    await expect.element(page.getByRole('button', { name: 'Set up an app' })).not.toBeInTheDocument()
  })
})
