import type { TaskStatistics } from '@headway/client/rest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, problem } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  sessionStorage.clear()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
})
afterEach(() => server.close())

const day = new Date().toISOString()
const graded: TaskStatistics = {
  considered: 3,
  is_complete: false,
  success_rate: 0.667,
  duration_seconds: { count: 2, mean: 90, p50: 90, p95: 120 },
  queue_seconds: { count: 3, mean: 2, p50: 2, p95: 3 },
  per_day: [{ day: day.slice(0, 10), succeeded: 2, failed: 1, other: 0 }],
  recent: [
    { id: 'r3', name: 'class 7c', state: 'succeeded', created_at: day, started_at: day, duration_seconds: 120 },
    { id: 'r2', name: 'class 7b', state: 'failed', created_at: day, started_at: day, duration_seconds: 4 },
    { id: 'r1', name: 'class 7a', state: 'succeeded', created_at: day, started_at: day, duration_seconds: 60 },
  ],
  runs: { succeeded: 2, failed: 1 },
  steps: [{ name: 'scan', count: 3, p50_start_seconds: 0, p50_seconds: 30 }],
}

function school() {
  server.task('grade', {
    description: 'Grades the sheets of a class.\n\nMore about it.',
    parameter_schema: {
      type: 'object',
      properties: {
        students: { type: 'integer', minimum: 1, maximum: 40, default: 30, description: 'How many there are' },
        class: { type: 'string' },
        key: { type: 'string', format: 'password', default: 'hush' },
        subject: { anyOf: [{ enum: ['maths', 'biology'] }, { type: 'null' }] },
      },
      required: ['class'],
    },
  })
  server.task('scan', { description: 'Reads paper.' })
  server.task('broken', { import_error: 'Traceback\nModuleNotFoundError: No module named paper' })
  server.statistics.set('grade', graded)
}

describe('the tasks', () => {
  it('are listed with how they went, and those that do not import stand out', async () => {
    school()
    await open('/tasks')
    const grade = page.getByRole('row', { name: /grade/ })
    await expect.element(grade.getByText('66', { exact: false })).toBeVisible()
    await expect.element(grade.getByRole('img', { name: 'Last 3 runs: 2 succeeded, 1 failed' })).toBeVisible()
    await expect.element(grade.getByText('1m 30s')).toBeVisible()
    await expect.element(page.getByText('2 tasks')).toBeVisible()
    await expect.element(page.getByText('1 module does not import')).toBeVisible()
    expect(page.getByRole('link', { name: 'Start broken' }).elements()).toEqual([])
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await expect.element(page.getByRole('columnheader', { name: '任务' })).toBeVisible()
  })

  it('are found by words, and by the keyboard', async () => {
    school()
    const router = await open('/tasks')
    await page.getByRole('textbox', { name: 'Search tasks' }).fill('paper')
    await expect.element(page.getByText('1 of 2')).toBeVisible()
    await expect.element(page.getByRole('row', { name: /grade/ })).not.toBeInTheDocument()
    await page.getByRole('textbox', { name: 'Search tasks' }).fill('sleep')
    await expect.element(page.getByText('No task has “sleep” in its name or description.')).toBeVisible()
    await page.getByRole('button', { name: 'Clear search' }).last().click()
    await expect.element(page.getByRole('row', { name: /grade/ })).toBeVisible()
    ;(document.activeElement as HTMLElement).blur()
    await userEvent.keyboard('jj')
    await expect.element(page.getByRole('link', { name: 'scan', exact: true })).toHaveFocus()
    await userEvent.keyboard('k')
    await userEvent.keyboard('s')
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks/grade/start')
  })

  it('teach how to name a module while there are none', async () => {
    await open('/tasks')
    await expect.element(page.getByText('headway serve --tasks my_package.tasks')).toBeVisible()
  })
})

describe('a task', () => {
  it('tells what it takes, and how it went', async () => {
    school()
    await open('/tasks/grade')
    await expect.element(page.getByRole('heading', { name: 'grade', level: 1 })).toBeVisible()
    const takes = page.getByRole('region', { name: 'Parameters' })
    await expect.element(takes.getByRole('row', { name: /students/ }).getByText('1 to 40')).toBeVisible()
    await expect.element(takes.getByRole('row', { name: /class/ }).getByText('required')).toBeVisible()
    await expect.element(takes.getByRole('row', { name: /subject/ }).getByText('one of 2 or none')).toBeVisible()
    expect(takes.getByRole('row', { name: /key/ }).element().textContent).not.toContain('hush')
    await takes.getByText('Schema as JSON').click()
    await expect.element(takes.getByText(/"format": "password"/)).toBeVisible()
    expect(document.body.textContent).not.toContain('hush')
    const went = page.getByRole('region', { name: 'Statistics' })
    await expect.element(went.getByText('the newest 3 runs')).toBeVisible()
  })

  it('has one block of statistics, of one time that can be chosen', async () => {
    school()
    const router = await open('/tasks/grade')
    const went = page.getByRole('region', { name: 'Statistics' })
    await expect.element(went.getByRole('button', { name: '30 days' })).toHaveAttribute('aria-pressed', 'true')
    await expect.element(went.getByText('Runs a day')).toBeVisible()
    expect(page.getByText('Success rate').elements().length).toBeLessThanOrEqual(1)
    await went.getByRole('button', { name: '24 hours' }).click()
    await expect.poll(() => router.currentRoute.value.query['period']).toBe('24h')
    await expect.element(went.getByText('Runs a day')).not.toBeInTheDocument()
    const asked = server.askedFor('GET', '/tasks/grade/statistics').map(({ query }) => query.get('days'))
    expect(asked.at(-1)).toBe('1')
    await expect.poll(() => server.askedFor('GET', '/v1/statistics').at(-1)?.query.get('step')).toBe('hour')
  })

  it('leads to its start by key', async () => {
    school()
    const router = await open('/tasks/grade')
    await expect.element(page.getByRole('link', { name: /^Start/ }).first()).toBeVisible()
    await expect.element(page.getByRole('region', { name: 'Parameters' })).toBeVisible()
    await userEvent.keyboard('s')
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks/grade/start')
  })

  it('that does not import says why, and cannot be started', async () => {
    school()
    await open('/tasks/broken')
    await expect.element(page.getByText('1 module does not import')).toBeVisible()
    await expect.element(page.getByText(/No module named paper/).first()).toBeInTheDocument()
    expect(page.getByRole('link', { name: /^Start/ }).elements()).toEqual([])
  })

  it('that is not there says so, and is looked for again', async () => {
    server.answers.set('GET /api/v1/tasks/gone', () => problem(404, 'task_not_found', { detail: 'There is no task gone.' }))
    await open('/tasks/gone')
    await expect.element(page.getByText(/There is no task gone/)).toBeVisible()
  })
})
