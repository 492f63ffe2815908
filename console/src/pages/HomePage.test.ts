import type { Sample } from '@headway/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer } from './testing/server'

const GB = 1e9
const sample = (name: string, levels: Record<string, number>, more: Partial<Sample> = {}): Sample => ({
  kind: 'host',
  name,
  at: new Date().toISOString(),
  seconds: 30,
  levels,
  counts: {},
  p50: {},
  p95: {},
  ...more,
})
const lab = (cpu: number): Sample =>
  sample('lab-1', { cpu, memory_bytes: 6 * GB, memory_total_bytes: 8 * GB, disk_bytes: 95 * GB, disk_total_bytes: 100 * GB })

let server: ModelServer
let calls = 40
beforeEach(() => {
  server = new ModelServer()
  calls = 40
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  server.answers.set('GET /api/v1/monitor/apis', () =>
    Response.json({
      begins_at: '2026-11-22T09:00:00.000Z',
      ends_at: '2026-11-22T09:01:00.000Z',
      step_seconds: 30,
      times: [1795338000000, 1795338030000, 1795338060000],
      routes: [],
      series: {
        name: 'all',
        label: null,
        current: null,
        levels: {},
        peaks: {},
        counts: { calls: [10, calls - 10, null], client_errors: [1, 2, null], errors: [0, 4, null] },
        p50: { took: [0.002, 0.003, null] },
        p95: { took: [0.02, 0.047, null] },
      },
    }),
  )
})
afterEach(() => server.close())

const api = page.getByRole('region', { name: 'API calls' })
const system = page.getByRole('region', { name: 'System' })

describe('how the installation is doing, on the home page', () => {
  it('tells of calls and of the busiest machine, and goes on live', async () => {
    await open('/')
    await expect.element(page.getByRole('region', { name: 'Runs now' })).toBeVisible()
    // It is said again until the page listens.
    await expect
      .poll(() => (server.live.sample([lab(12), sample('lab-2', { cpu: 3 })]), system.query()?.textContent), { timeout: 5_000 })
      .toContain('12%')
    await expect.element(system).toHaveTextContent('lab-1, the busiest of 2')
    await expect.element(system.getByText(/^95 GB/)).toHaveClass('text-error')
    await expect.element(api.getByText('40', { exact: true })).toBeVisible()
    await expect.element(api).toHaveTextContent(/Errors4 · 3 refused.*47 ms/)
    await expect.element(api.getByRole('link')).toHaveAttribute('href', '/monitor?tab=apis')

    calls = 55
    server.live.sample([lab(71), sample('GET /api/v1/runs', {}, { kind: 'route', counts: { calls: 15 } })])
    await expect.element(system).toHaveTextContent('71%')
    await expect.element(api.getByText('55', { exact: true }), { timeout: 8_000 }).toBeVisible()
  })

  it('says nothing of it to those who may not see it, and asks for nothing', async () => {
    server.live.forbidden.add('system')
    await open('/')
    await expect.element(page.getByRole('region', { name: 'Runs now' })).toBeVisible()
    await expect.element(api).not.toBeInTheDocument()
    await expect.element(system).not.toBeInTheDocument()
    expect(server.askedFor('GET', '/monitor/apis')).toEqual([])
  })

  it('speaks Chinese', async () => {
    i18n.global.locale.value = 'zh-CN'
    await open('/')
    const chinese = page.getByRole('region', { name: '系统' })
    await expect.poll(() => (server.live.sample([lab(12)]), chinese.query()?.textContent), { timeout: 5_000 }).toContain('处理器12%')
    await expect.element(page.getByRole('region', { name: 'API 调用' })).toHaveTextContent('最近 15 分钟')
  })
})
