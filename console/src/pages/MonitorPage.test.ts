import type { Connection, GatewayFlag, SampledSeries } from '@headway/client/rest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { getToken } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, problem } from './testing/server'

const RUN = '019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12'
const connection = (id: string, user: string | null, more: Partial<Connection> = {}): Connection => ({
  id,
  user,
  node: 'lab-3',
  transport: 'websocket',
  address: '10.0.3.17',
  channels: [`run:${RUN}`],
  channel_count: 1,
  lag_lines: 0,
  age_seconds: 60,
  unread_seconds: 0,
  silent_seconds: 1,
  is_stale: false,
  ...more,
})
const none = { levels: {}, peaks: {}, counts: {}, p50: {}, p95: {} }
const gateway = 'server@lab-3'
const flags: GatewayFlag[] = [
  { gateway, kind: 'pool', value: 0.93, bound: 0.9 },
  { gateway, kind: 'churn', value: 6.12, bound: 2 },
]
const series = { name: 'server@lab-3', label: null, current: null, ...none }

let counts: Record<string, (number | null)[]>
let server: ModelServer
let connections: Connection[]
beforeEach(async () => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  connections = [
    connection('a-1', 'ada', { is_stale: true, lag_lines: 12_040, unread_seconds: 14 }),
    connection('a-2', 'bob', { node: 'lab-4', transport: 'sse', channels: ['runs:default', 'system', `run:${RUN}`], channel_count: 5 }),
    connection('a-3', null, { transport: 'poll', channels: [], channel_count: 0 }),
  ]
  counts = {}
  const at = '2026-11-22T09:00:00.000Z'
  server.answers.set('GET /api/v1/monitor/gateway', () =>
    Response.json({ begins_at: at, ends_at: at, step_seconds: 30, times: [Date.parse(at)], gateways: [{ ...series, counts }], flags }),
  )
  server.answers.set('GET /api/v1/live/connections', () =>
    Response.json({ items: connections, next_cursor: null, total: connections.length + 4 }),
  )
  server.permissions = ['system:read', 'connection:manage']
  await getToken({ isRefused: true })
})
afterEach(() => server.close())

const rowOf = (name: RegExp) => page.getByRole('table', { name: 'Connections' }).getByRole('row', { name })

describe('what is not well about the gateway', () => {
  it('stands above the charts, with what to do', async () => {
    await open('/monitor?tab=gateway')
    const flags = page.getByRole('list', { name: 'Not well in the last two minutes' })
    await expect.element(flags).toHaveTextContent(/93% of the connections are taken.*HEADWAY_MAX_CONNECTIONS/)
    await expect.element(flags).toHaveTextContent(/Each viewer connects 6.1 times a minute.*proxy/)
  })
})

describe('queues', () => {
  const queue = (name: string, queued: number, running: number, oldest: number): SampledSeries => {
    const levels = { queued, running, oldest_seconds: oldest }
    const at = '2026-11-22T09:00:00.000Z'
    const of = (level: number): number[] => [level]
    const kept = { queued: of(queued), running: of(running), oldest_seconds: of(oldest) }
    const current = { kind: 'queue', name, at, seconds: 30, levels, counts: {}, p50: {}, p95: {} }
    return { ...none, name, label: null, current, levels: kept, peaks: kept }
  }
  const many = Array.from({ length: 100 }, (_, at) => queue(`class-${String(at).padStart(3, '0')}`, 0, 0, 0))
  const show = async () => {
    const at = '2026-11-22T09:00:00.000Z'
    const queues = [...many, queue('late', 7, 1, 75)]
    server.answers.set('GET /api/v1/monitor/tasks', () =>
      Response.json({
        begins_at: at,
        ends_at: at,
        step_seconds: 30,
        times: [Date.parse(at)],
        queues,
        ended: { ...series, name: 'runs' },
        at_work: [],
      }),
    )
    await open('/monitor?tab=tasks')
    const table = page.getByRole('table', { name: 'Queues' })
    await expect.element(table).toBeVisible()
    return table
  }

  it('come with the fullest first, and where nobody waits there is no oldest wait', async () => {
    const table = await show()
    const rows = table.getByRole('row')
    await expect.element(rows.nth(1)).toHaveTextContent(/^\s*late\s*7\s*1m 15s\s*1\s*$/)
    await expect.element(rows.nth(2)).toHaveTextContent(/^\s*class-000\s*0\s*–\s*0\s*$/)
    await expect.element(page.getByText('101 queues, those with most runs waiting first; the charts show the first 8.')).toBeVisible()
    await expect.element(page.getByRole('region', { name: 'Oldest wait' }).getByRole('heading')).toHaveTextContent(/1m 15s · – · –$/)
  })

  it('that are a hundred scroll within themselves, by keyboard as well, and leave the charts in reach', async () => {
    await show()
    const region = page.getByRole('region', { name: 'Queues' }).element()
    expect(region.clientHeight).toBeLessThanOrEqual(384)
    expect(region.scrollHeight).toBeGreaterThan(2_000)
    ;(region as HTMLElement).focus()
    expect(document.activeElement).toBe(region)
    await userEvent.keyboard('{End}')
    await expect.poll(() => region.scrollTop).toBeGreaterThan(1_500)
    const head = page.getByRole('columnheader', { name: 'Queue' }).element().getBoundingClientRect()
    expect(head.top).toBeCloseTo(region.getBoundingClientRect().top, 0)
  })
})

describe('old lines for viewers who catch up', () => {
  const panel = () => page.getByRole('region', { name: 'Old lines for viewers who catch up, from memory' })

  it('say which part of the pages came from memory', async () => {
    counts = { pages_found: [188], pages_read: [12] }
    await open('/monitor?tab=gateway')
    await expect.element(panel().getByRole('heading')).toHaveTextContent(/94% of 200 pages$/)
    await expect
      .element(panel().getByRole('img'))
      .toHaveAccessibleName(/94% of 200 pages, pages from memory: 188, pages read from the store: 12/)
  })

  it('have no share where nobody asked for any', async () => {
    counts = { pages_found: [0], pages_read: [0] }
    await open('/monitor?tab=gateway')
    await expect.element(panel().getByRole('heading')).toHaveTextContent(/–$/)
  })
})

describe('the connections of the gateway', () => {
  it('say who is there, how, what they watch and who has stopped reading', async () => {
    await open('/monitor?tab=gateway')
    await expect.element(rowOf(/ada/)).toHaveTextContent(/stale.*WebSocket.*10\.0\.3\.17.*run:…6c8d0e12.*12,040/)
    await expect.element(rowOf(/bob/)).toHaveTextContent(/event streams.*runs:default.*system.*and 3 more/)
    await expect.element(rowOf(/not signed in/)).toHaveTextContent(/polls/)
    await expect.element(page.getByText('And 4 more connections.')).toBeVisible()
    await expect.element(rowOf(/ada/).getByRole('link')).toHaveAttribute('href', `/runs/${RUN}`)
  })

  it('are ended one at a time, by keyboard, after a question', async () => {
    server.answers.set('DELETE /api/v1/live/connections/a-2', () => Response.json(connections.splice(1, 1)[0]))
    await open('/monitor?tab=gateway')
    const button = rowOf(/bob/).getByRole('button', { name: 'End the connection of bob' })
    await expect.element(button).toBeVisible()
    ;(button.element() as HTMLElement).focus()
    await userEvent.keyboard('{Enter}')
    await expect.element(page.getByRole('dialog')).toHaveTextContent(/does not connect again by itself/)
    const action = page.getByRole('button', { name: 'End the connection', exact: true })
    for (let steps = 0; steps < 4 && document.activeElement !== action.element(); steps += 1) await userEvent.keyboard('{Tab}')
    await userEvent.keyboard('{Enter}')
    await expect.element(rowOf(/bob/)).not.toBeInTheDocument()
    await expect.element(page.getByText('The connection of bob is ended').first()).toBeVisible()
    expect(server.askedFor('DELETE', '/live/connections/a-2')).toHaveLength(1)
  })

  it('that are stale are ended together, or the person thinks better of it', async () => {
    server.answers.set('POST /api/v1/live/connections/sweeps', () => {
      connections.shift()
      return Response.json({ ended_count: 1, asked_count: 0 })
    })
    await open('/monitor?tab=gateway')
    const sweep = page.getByRole('button', { name: 'End stale ones' })
    await sweep.click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(server.askedFor('POST', '/sweeps')).toHaveLength(0)
    await sweep.click()
    await page.getByRole('button', { name: 'End them' }).click()
    await expect.element(page.getByText('1 stale connection is ended').first()).toBeVisible()
    await expect.element(rowOf(/ada/)).not.toBeInTheDocument()
  })

  it('that are gone already are a failure that is told', async () => {
    server.answers.set('DELETE /api/v1/live/connections/a-1', () => problem(404, 'connection_not_found'))
    await open('/monitor?tab=gateway')
    await rowOf(/ada/).getByRole('button', { name: 'End the connection of ada' }).click()
    await expect.element(page.getByRole('dialog')).toHaveTextContent(/misses nothing/)
    await page.getByRole('button', { name: 'End the connection', exact: true }).click()
    await expect.element(page.getByText('That did not work').first()).toBeVisible()
  })

  it('are for others to look at, and say which permission is lacking', async () => {
    server.permissions = ['system:read']
    await getToken({ isRefused: true })
    await open('/monitor?tab=gateway')
    await expect.element(rowOf(/ada/).getByRole('button')).toHaveAttribute('aria-disabled', 'true')
    await expect.element(page.getByText('You lack the permission to end connections (connection:manage).').first()).toBeVisible()
  })
})
