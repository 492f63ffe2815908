import type { AuditSeen } from '@headway/client/rest'
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
  server.isSignedIn = true
  server.permissions = ['audit:read']
})
afterEach(() => server.close())

const changed: AuditSeen = {
  id: 'r2',
  number: 1041,
  at: '2026-01-15T12:00:00Z',
  by: 'admin',
  action: 'queue.changed',
  outcome: 'done',
  project: null,
  target: 'night',
  before: { running_limit: 4 },
  after: { running_limit: 9 },
  address: '10.0.3.2',
  token: 'session',
  request_id: 'q-17',
  transport: 'rest',
  hash: 'ab12',
}
const refused: AuditSeen = {
  ...changed,
  id: 'r1',
  number: 1040,
  by: '',
  action: 'token.refused',
  outcome: 'refused',
  target: '/api/v1/runs',
  before: null,
}

function shows(items: AuditSeen[], next_cursor: string | null = null): void {
  server.answers.set('GET /api/v1/audit', () => Response.json({ items, next_cursor, total: null }))
}

const verdict = { is_intact: true, row_count: 1042, first: 1, last: 1042, last_hash: '5f1c', faults: [], fault_count: 0 }
const verdictIs = (more: object) =>
  server.answers.set('GET /api/v1/audit/verify', () => Response.json({ ...verdict, ...more, anchor_count: 1, keys: [], unsealed_count: 0 }))

describe('the audit log', () => {
  it('shows who did what, and what was and what is', async () => {
    shows([changed, refused])
    await open('/audit')
    await expect.element(page.getByRole('row', { name: /nobody signed in.*token\.refused.*refused/ })).toBeVisible()
    await page.getByRole('row', { name: /admin/ }).getByRole('button', { name: 'Show what was and what is' }).click()
    await expect.element(page.getByRole('region', { name: 'Before' }).or(page.getByRole('heading', { name: 'Before' }))).toBeVisible()
    await expect.element(page.getByText('q-17')).toBeVisible()
    await expect.element(page.getByText('No. 1041')).toBeVisible()
  })

  it('is narrowed by what stands in the address, and writes it there', async () => {
    shows([changed])
    const router = await open('/audit?outcome=refused&action=nothing.known')
    await expect.poll(() => server.askedFor('GET', '/audit').at(-1)?.query.toString()).toBe('outcome=refused&limit=100')
    await page.getByRole('textbox', { name: 'By whom' }).fill('ada')
    await page.getByRole('combobox', { name: 'Action' }).selectOptions('run.cancelled')
    await expect
      .poll(() => server.askedFor('GET', '/audit').at(-1)?.query.toString())
      .toBe('by=ada&action=run.cancelled&outcome=refused&limit=100')
    expect(router.currentRoute.value.query).toEqual({ by: 'ada', action: 'run.cancelled', outcome: 'refused' })
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await expect.poll(() => server.askedFor('GET', '/audit').at(-1)?.query.toString()).toBe('limit=100')
  })

  it('goes on to older rows', async () => {
    shows([changed], 'further')
    await open('/audit')
    await expect.element(page.getByRole('row', { name: /admin/ })).toBeVisible()
    shows([refused])
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.element(page.getByRole('row', { name: /token\.refused/ })).toBeVisible()
    await expect.element(page.getByRole('row', { name: /admin/ })).toBeVisible()
    expect(server.askedFor('GET', '/audit').at(-1)?.query.get('cursor')).toBe('further')
    await expect.element(page.getByRole('button', { name: 'Show more' })).not.toBeInTheDocument()
  })

  it('is verified: it is intact, or it says where not', async () => {
    shows([changed])
    await open('/audit')
    verdictIs({})
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByRole('menuitem', { name: 'Hold all rows against their hashes' }).click()
    await expect.element(page.getByRole('alert')).toHaveTextContent(/Intact: 1,042 rows, 1 to 1042.*1042:5f1c/)
    verdictIs({
      is_intact: false,
      fault_count: 2,
      faults: [
        { number: 7, what: 'row_changed' },
        { number: 9, what: 'of_tomorrow' },
      ],
    })
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByRole('menuitem', { name: 'Hold all rows against their hashes' }).click()
    await expect.element(page.getByRole('alert')).toHaveTextContent(/Not intact: 2 faults.*Row 7 was changed.*Row 9: of_tomorrow/)
  })

  it('is exported as it is narrowed; who may not is told who can give it', async () => {
    shows([changed])
    server.answers.set('GET /api/v1/audit/export', () =>
      problem(403, 'forbidden', { permission: 'audit:read', can_be_given_by: ['boris'] }),
    )
    await open('/audit?by=ada')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: /A table for a spreadsheet/ }).click()
    await expect.element(page.getByText(/It can be given to you by boris/).first()).toBeVisible()
    expect(server.askedFor('GET', '/export').at(-1)?.query.toString()).toBe('by=ada&format=csv')
  })

  it('is not asked for by who may not read it', async () => {
    server.permissions = ['run:read']
    await open('/audit')
    await expect.element(page.getByText('You may not read the audit log')).toBeVisible()
    expect(server.askedFor('GET', '/audit')).toHaveLength(0)
    expect(page.getByRole('link', { name: 'Audit log' }).query()).toBeNull()
  })
})
