import type { BrokerState, WorkerDetail } from '@headway/client/rest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { getToken } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, problem } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
})
afterEach(() => server.close())

const at = new Date().toISOString()
const worker: WorkerDetail = {
  id: 'w1',
  host: 'lab-3',
  pid: 4711,
  version: '1.2',
  state: 'live',
  started_at: at,
  heartbeat_at: at,
  ended_at: null,
  slots: 4,
  run_count: 2,
  queues: ['default', 'ocr'],
  tasks: [],
  echoes: null,
  is_remote: false,
  wish: null,
  is_now: false,
  wished_by: null,
  wished_at: null,
  cpu: 180,
  memory_bytes: 400_000_000,
  runs: [{ id: 'r1', name: 'grade 7b', task: 'grade', project: 'default', state: 'running', started_at: at }],
}

/** How the broker is, as the monitor says it. */
const brokerIs = (broker: BrokerState) =>
  server.answers.set('GET /api/v1/monitor/system', () => Response.json({ begins_at: at, ends_at: at, step_seconds: 30, times: [], broker }))

/** The session outlasts a test: it learns what holds now with a new token. */
async function hold(...permissions: string[]) {
  server.permissions = permissions
  await getToken({ isRefused: true })
}

function show(...workers: WorkerDetail[]) {
  server.answers.set('GET /api/v1/workers', () => Response.json({ items: workers, next_cursor: null, total: null }))
  for (const one of workers) server.answers.set(`GET /api/v1/workers/${one.id}`, () => Response.json(one))
}

describe('how workers are called', () => {
  const called = { ...worker, echoes: { heard_at: {}, deaf: [] } }

  it('is told of each, and of one that does not hear what to do', async () => {
    await hold('system:read')
    brokerIs({ is_away: false, deaf_workers: [], unheard_queues: ['ocr'] })
    show(worker, { ...called, id: 'w2', pid: 4712 }, { ...called, id: 'w3', pid: 4713, echoes: { heard_at: {}, deaf: ['ocr'] } })
    const router = await open('/workers')
    await expect.element(page.getByRole('row', { name: /lab-3:4713/ })).toHaveTextContent(/does not hear/)
    await expect.element(page.getByRole('row', { name: /lab-3:4712/ })).not.toHaveTextContent(/does not hear/)
    await expect.element(page.getByText('No worker hears ocr: start one that serves it.')).toBeVisible()
    for (const [id, mode] of [
      ['w1', 'looks for runs itself'],
      ['w2', 'Celery’s broker calls it'],
      ['w3', 'does not hear'],
    ] as const) {
      await router.replace({ query: { worker: id } })
      await expect.element(page.getByText(mode).last()).toBeVisible()
    }
    await expect.element(page.getByText(/It hears nothing of ocr. It looks for runs itself meanwhile/)).toBeVisible()
  })

  it('is told where the broker is away, and nothing is asked where there is none', async () => {
    await hold('system:read')
    brokerIs({ is_away: true, deaf_workers: [], unheard_queues: [] })
    show(called)
    await open('/workers')
    await expect.element(page.getByText(/The broker does not answer/)).toBeVisible()
    server.close()
    server = new ModelServer()
    await hold('system:read')
    show(worker)
    await open('/workers')
    await expect.element(page.getByRole('row', { name: /lab-3:4711/ })).toBeVisible()
    expect(server.askedFor('GET', '/monitor/system')).toHaveLength(0)
  })
})

describe('the workers', () => {
  it('are listed with what they do, and one opens with its runs', async () => {
    await hold('system:read', 'worker:manage')
    show(worker, { ...worker, id: 'w2', pid: 4712, is_remote: true, state: 'lost', run_count: 0, runs: [] })
    const router = await open('/workers')
    const row = page.getByRole('row', { name: /lab-3:4711/ })
    await expect.element(row).toHaveTextContent(/live.*2 \/ 4/)
    await expect.element(page.getByRole('row', { name: /lab-3:4712/ })).toHaveTextContent(/lost.*remote/)
    await expect.element(row).not.toHaveTextContent(/remote/)
    await page.getByRole('button', { name: 'What lab-3:4711 does' }).click()
    await expect.element(page.getByRole('link', { name: 'grade 7b' })).toHaveAttribute('href', '/runs/r1')
    await expect.element(page.getByText('1 more run that you may not see')).toBeVisible()
    expect(router.currentRoute.value.query).toEqual({ worker: 'w1' })
  })

  it('are drained after a question, and then not waited for', async () => {
    await hold('system:read', 'worker:manage')
    show(worker)
    const asked: unknown[] = []
    const leaving = { ...worker, state: 'draining' as const, wish: 'drain', wished_by: 'ada' }
    server.answers.set('POST /api/v1/workers/w1/drain', () => {
      asked.push(server.askedFor('POST', '/drain').at(-1)?.body)
      show({ ...leaving, is_now: asked.length > 1 })
      return Response.json(leaving, { status: 202 })
    })
    await open('/workers')
    await page.getByRole('button', { name: 'Drain lab-3:4711' }).click()
    await page.getByRole('button', { name: 'Drain it' }).click()
    await expect.element(page.getByText('drain, asked by ada')).toBeVisible()
    await page.getByRole('button', { name: 'Do not wait for the runs of lab-3:4711' }).click()
    await page.getByRole('button', { name: 'Give them back' }).click()
    await expect.element(page.getByText('gives its runs back')).toBeVisible()
    expect(asked).toEqual([{ is_now: false }, { is_now: true }])
  })

  it('say what went wrong', async () => {
    await hold('system:read', 'worker:manage')
    show(worker)
    server.answers.set('POST /api/v1/workers/w1/restart', () => problem(409, 'worker_ended', { detail: 'nobody there hears of it' }))
    await open('/workers')
    await page.getByRole('button', { name: 'Restart lab-3:4711' }).click()
    await page.getByRole('button', { name: 'Restart it' }).click()
    await expect.element(page.getByText('That did not work').first()).toBeVisible()
  })

  it('are for others to look at, and say which permission is lacking', async () => {
    await hold('system:read')
    show(worker)
    await open('/workers')
    await expect.element(page.getByText('You lack the permission to drain and restart workers (worker:manage).').first()).toBeVisible()
    await expect.element(page.getByRole('button', { name: /Drain lab-3:4711/ })).toHaveAttribute('aria-disabled', 'true')
  })
})
