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
  settings.theme.value = 'system'
  i18n.global.locale.value = 'en'
  await signOut()
  server.isSignedIn = true
  for (const what of ['sign-ins', 'devices']) server.answers.set(`GET /api/v1/account/${what}`, () => lists())
})
const lists = (...items: unknown[]) => Response.json({ items, next_cursor: null, total: null })
afterEach(() => {
  server.close()
  settings.zone.value = ''
  settings.theme.value = 'system'
})

const at = '2026-01-15T12:00:00Z'
const none = () => new Response(null, { status: 204 })

describe('one’s own account', () => {
  it('says how pages look, and is followed at once', async () => {
    await open('/account')
    await page.getByRole('textbox', { name: 'Display name' }).fill('Ada K.')
    await page.getByRole('combobox', { name: 'Theme' }).selectOptions('Dark')
    await page.getByRole('combobox', { name: 'Time zone' }).selectOptions('Asia/Tokyo')
    const changed = { ...ownAccount, display_name: 'Ada K.', theme: 'dark', time_zone: 'Asia/Tokyo', password_changed_at: at }
    server.answers.set('PATCH /api/v1/account', () => {
      server.answers.set('GET /api/v1/account', () => Response.json(changed))
      return Response.json(changed)
    })
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => settings.theme.value).toBe('dark')
    await expect.element(page.getByText('Changed on Jan 15, 21:00')).toBeVisible()
    expect(server.askedFor('PATCH', '/account').map(({ body }) => body)).toEqual([
      { display_name: 'Ada K.', language: null, theme: 'dark', time_zone: 'Asia/Tokyo' },
    ])
  })

  it('keeps what is chosen in the menu', async () => {
    server.answers.set('PATCH /api/v1/account', () => Response.json(ownAccount))
    await open('/account')
    await expect.element(page.getByRole('textbox', { name: 'Display name' })).toHaveValue('Ada King')
    settings.theme.value = 'light'
    await expect.poll(() => server.askedFor('PATCH', '/account').map(({ body }) => body)).toEqual([{ theme: 'light' }])
  })

  it('has its password changed, and says which of the two was wrong', async () => {
    await open('/account')
    const [old, fresh] = [page.getByRole('textbox', { name: 'Present password' }), page.getByRole('textbox', { name: 'New password' })]
    const go = page.getByRole('button', { name: 'Change the password' })
    await old.fill('what it was')
    await fresh.fill('tulips')
    await go.click()
    await expect.element(page.getByText('It is too short: at least 15 characters are needed.')).toBeVisible()
    expect(server.askedFor('POST', '/password')).toHaveLength(0)
    await fresh.fill('tulips under a cold moon')
    server.answers.set('POST /api/v1/account/password', () => problem(401, 'sign_in_refused'))
    await go.click()
    await expect.element(page.getByText('This is not the present password.')).toBeVisible()
    await expect.element(old).toHaveFocus()
    server.answers.set('POST /api/v1/account/password', none)
    await go.click()
    await expect.element(page.getByText('The password is changed. All other sign-ins have ended.').first()).toBeVisible()
    expect(server.askedFor('POST', '/password').at(-1)?.body).toEqual({ old: 'what it was', new: 'tulips under a cold moon' })
    await expect.element(fresh).toHaveValue('')
  })

  it('shows where it is signed in, and ends what is not known', async () => {
    const here = {
      id: 's1',
      address: '10.0.0.7',
      created_at: at,
      seen_at: at,
      expires_at: at,
      is_this: true,
      user_agent: 'Firefox/139.0 Linux',
    }
    const items = [here, { ...here, id: 's2', address: '203.0.113.9', is_this: false, user_agent: '' }]
    server.answers.set('GET /api/v1/account/sign-ins', () => Response.json({ items, next_cursor: null, total: null }))
    await open('/account')
    await expect.element(page.getByText('Firefox 139, Linux')).toBeVisible()
    await expect.element(page.getByText('Unknown browser')).toBeVisible()
    server.answers.set('DELETE /api/v1/account/sign-ins/s2', () => {
      items.pop()
      return none()
    })
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
    await expect.element(page.getByText('Unknown browser')).not.toBeInTheDocument()
  })
})

describe('API keys', () => {
  it('are made with scopes, and shown once', async () => {
    server.permissions = ['token:create', 'run:read', 'run:start']
    const keys: unknown[] = []
    server.answers.set('GET /api/v1/keys', () => Response.json({ items: keys, next_cursor: null, total: null }))
    server.answers.set('POST /api/v1/keys', () => {
      keys.push({
        ...{ id: 'k1', name: 'nightly', prefix: 'hwk_0123456789ab', owner: 'ada', scopes: ['project:grading:run:read'], created_at: at },
        ...{ expires_at: '2099-01-01T00:00:00Z', old_until: null, revoked_at: null, rotated_at: null, used_at: null },
      })
      return Response.json({ id: 'k1', name: 'nightly', key: 'hwk_the-secret', prefix: 'hwk_0123456789ab', expires_at: at })
    })
    await open('/account')
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog', { name: 'New key' })
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    await expect.element(dialog.getByText('Say what it is for.')).toBeVisible()
    await dialog.getByRole('textbox', { name: 'What it is for' }).fill('nightly')
    await dialog.getByRole('textbox', { name: 'Only in the project' }).fill('grading')
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    await expect.element(page.getByText('hwk_the-secret')).toBeVisible()
    expect(server.askedFor('POST', '/keys').map(({ body }) => body)).toEqual([
      { name: 'nightly', scopes: ['project:grading:run:read'], days: 90 },
    ])
    await page.getByRole('button', { name: 'I have it' }).click()
    await expect.element(page.getByText('hwk_the-secret')).not.toBeInTheDocument()
    await expect.element(page.getByText('nightly', { exact: true })).toBeVisible()
  })

  it('that cannot be made are refused with who could help', async () => {
    server.permissions = ['token:create', 'run:read']
    server.answers.set('GET /api/v1/keys', () => Response.json({ items: [], next_cursor: null, total: null }))
    server.answers.set('POST /api/v1/keys', () => problem(403, 'more_than_held', { permission: 'run:read', can_be_given_by: ['boris'] }))
    await open('/account')
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog', { name: 'New key' })
    await dialog.getByRole('textbox', { name: 'What it is for' }).fill('nightly')
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    await expect.element(dialog.getByRole('alert')).toHaveTextContent('It can be given to you by boris.')
  })
})

describe('without an account', () => {
  it('one is offered on the page to which the first link leads, until it is made or not wanted', async () => {
    localStorage.removeItem('headway.first_account')
    server.role = 'admin'
    server.permissions = ['user:admin']
    const router = await open('/')
    await expect.element(page.getByText('Nobody has an account here yet.')).toBeVisible()
    await page.getByRole('button', { name: 'Not now' }).click()
    await expect.element(page.getByText('Nobody has an account here yet.')).not.toBeInTheDocument()
    localStorage.removeItem('headway.first_account')
    await router.push('/tasks')
    await router.push('/')
    await page.getByRole('link', { name: 'Make an account for yourself' }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/account')
  })

  it('nothing of one is asked for; who may makes one, and goes on as its owner', async () => {
    server.role = 'admin'
    server.permissions = ['user:admin']
    const router = await open('/account')
    const visited: string[] = []
    router.afterEach(({ path }) => void visited.push(path))
    await expect.element(page.getByText(/You are signed in without an account, as ada/)).toBeVisible()
    expect(server.askedFor('GET', '/account')).toHaveLength(0)
    server.answers.set('POST /api/v1/accounts', () => Response.json({ ...ownAccount, link: null }))
    server.answers.set('POST /api/v1/sessions/by-password', () => {
      server.role = null
      return Response.json({ principal: {}, expires_at: at })
    })
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ada')
    await page.getByRole('textbox', { name: 'New password' }).fill('tulips under a cold moon')
    await page.getByRole('button', { name: 'Make the account, and sign in with it' }).click()
    await expect.element(page.getByRole('textbox', { name: 'Display name' })).toHaveValue('Ada King')
    // Between the two nobody was signed in, and the page would have been left.
    expect(visited).toEqual([])
    expect(server.askedFor('POST', '/accounts').map(({ body }) => body)).toEqual([
      { name: 'ada', display_name: null, password: 'tulips under a cold moon', role: 'admin' },
    ])
  })
})

describe('programs and identities', () => {
  it('lists the programs that are signed in, and signs one out', async () => {
    await open('/account')
    await expect.element(page.getByText('None. A program that is signed in', { exact: false })).toBeVisible()
    const device = { id: 'd1', name: 'report generator', created_at: at, renewed_at: at, expires_at: at }
    server.answers.set('GET /api/v1/account/devices', () => lists(device, { ...device, id: 'd2', name: 'importer' }))
    await open('/account')
    server.answers.set('DELETE /api/v1/account/devices/d1', () => {
      server.answers.set('GET /api/v1/account/devices', () => lists())
      return none()
    })
    await page.getByRole('listitem').filter({ hasText: 'report generator' }).getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => server.askedFor('DELETE', '/devices/d1')).toHaveLength(1)
    await expect.element(page.getByText('report generator', { exact: true })).not.toBeInTheDocument()
  })

  it('takes an identity off, but not the last way in, and offers no provider where there is none', async () => {
    const identity = { id: 'i1', issuer: 'https://sso.example.org', subject: 'f81d', created_at: at }
    server.answers.set('GET /api/v1/account', () => Response.json({ ...ownAccount, identities: [identity] }))
    await open('/account')
    await expect.element(page.getByText('https://sso.example.org')).toBeVisible()
    expect(page.getByRole('button', { name: /Bind one at/ }).query()).toBeNull()
    server.answers.set('DELETE /api/v1/account/identities/i1', () =>
      problem(409, 'last_way_in', { detail: 'It is the only way in. Set a password first.' }),
    )
    await page.getByRole('button', { name: 'Take off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take off' }).click()
    await expect.element(page.getByText('It is the only way in. Set a password first.').first()).toBeVisible()
    server.answers.set('DELETE /api/v1/account/identities/i1', () => {
      server.answers.set('GET /api/v1/account', () => Response.json(ownAccount))
      return none()
    })
    await page.getByRole('button', { name: 'Take off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take off' }).click()
    await expect.element(page.getByText('https://sso.example.org')).not.toBeInTheDocument()
  })

  it('offers to bind one where there is a provider, and says why that cannot be begun', async () => {
    server.answers.set('GET /api/v1/sign-in-ways', () => Response.json({ has_password: true, provider: { name: 'University' } }))
    await open('/account')
    server.answers.set('POST /api/v1/account/identities', () => problem(503, 'provider_unavailable', { detail: 'It does not answer.' }))
    await page.getByRole('button', { name: 'Bind one at University' }).click()
    await expect.element(page.getByText('It does not answer.').first()).toBeVisible()
    expect(server.askedFor('POST', '/identities').map(({ body }) => body)).toEqual([{ to: '/account' }])
  })
})
