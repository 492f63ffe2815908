import type { ApprovalGiven } from '@headway/client/rest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
})
afterEach(() => server.close())

const at = new Date().toISOString()
const start: ApprovalGiven = {
  id: '019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14',
  kind: 'run.start',
  state: 'pending',
  what: { task: 'grading:grade', name: 'Class 7b' },
  project: 'exams',
  run: 'r1',
  requested_by: 'anna',
  requested_at: at,
  expires_at: new Date(Date.now() + 86_400_000).toISOString(),
  needed: 2,
  given: 1,
  votes: [{ by: 'ben', at, verdict: 'approved', reason: 'fine' }],
  outcome: null,
  settled_at: null,
  reached: 0,
  is_mine: false,
  may_decide: true,
}

function show(...items: ApprovalGiven[]) {
  server.answers.set('GET /api/v1/approvals', () => Response.json({ items, next_cursor: null, total: null }))
}

describe('what waits for approval', () => {
  it('is told in words, and approved', async () => {
    show(start, { ...start, id: 'a2', kind: 'runs.cancel', what: { count: 3, runs: [], reason: 'wrong class' }, run: null, project: null })
    await open('/approvals')
    const card = page.getByRole('article').first()
    await expect.element(card).toHaveTextContent(/Start Class 7b.*exams.*Asked for by anna.*1 of 2 approved.*ben approved: fine/)
    await expect.element(page.getByRole('article').nth(1)).toHaveTextContent(/Cancel 3 runs.*several projects.*Reason: wrong class/)
    server.answers.set(`POST /api/v1/approvals/${start.id}/approve`, () => {
      show()
      return Response.json({ ...start, state: 'carried_out' })
    })
    await card.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await expect.element(page.getByText('Nothing here')).toBeVisible()
    expect(server.askedFor('POST', '/approve').map(({ body }) => body)).toEqual([{ reason: null }])
  })

  it.each([
    ['not today', [{ reason: 'not today' }]],
    ['', []],
  ])('is refused by a key, and only with a reason: %j', async (reason, sent) => {
    show(start)
    await open('/approvals')
    await expect.element(page.getByRole('article')).toBeVisible()
    server.answers.set(`POST /api/v1/approvals/${start.id}/refuse`, () => Response.json({ ...start, state: 'refused' }))
    await userEvent.keyboard('j')
    await userEvent.keyboard('x')
    await page.getByRole('dialog').getByRole('textbox').fill(reason)
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click()
    await expect.element(page.getByText(reason ? 'Refused' : 'Say why you refuse it', { exact: true })).toBeVisible()
    expect(server.askedFor('POST', '/refuse').map(({ body }) => body)).toEqual(sent)
  })

  it('is not offered to who may not decide', async () => {
    show({ ...start, is_mine: true, may_decide: false })
    await open('/approvals?show=mine')
    await expect.element(page.getByRole('button', { name: 'Withdraw' })).toBeVisible()
    expect(page.getByRole('button', { name: 'Approve' }).query()).toBeNull()
  })
})
