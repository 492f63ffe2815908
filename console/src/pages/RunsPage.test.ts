import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, problem } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  localStorage.clear()
  sessionStorage.clear()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  server.task('grade')
})
afterEach(() => server.close())

const row = (name: string | RegExp) => page.getByRole('row', { name })
const link = (name: string) => page.getByRole('link', { name, exact: true })

function classes() {
  server.run('class 7a', { state: 'succeeded', finished_at: new Date().toISOString() })
  server.run('class 7b', { state: 'running', tags: ['exam', 'maths'] })
  server.run('class 7c', { state: 'queued', task: null, kind: 'outside' })
}

describe('the runs', () => {
  it('that match are cancelled together, after a look at how many, and each failure says why', async () => {
    for (const name of ['class 1', 'class 2', 'stubborn 1', 'class 3', 'stubborn 2', 'other']) server.run(name, { state: 'queued' })
    server.run('class 4', { state: 'succeeded' })
    await open('/runs?q=s')
    await expect.element(row(/stubborn 2/)).toBeVisible()
    await row(/class 1/)
      .getByRole('checkbox')
      .click()
    await page.getByRole('button', { name: 'Select all that match' }).click()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    const question = page.getByRole('dialog', { name: 'Cancel 5 runs?' })
    await question.getByRole('textbox').fill('wrong year')
    await question.getByRole('button', { name: 'Cancel the runs' }).click()
    const result = page.getByRole('dialog', { name: 'Cancelling' })
    await expect.element(result.getByText('3 done, 0 left as they are, 2 failed')).toBeVisible()
    await expect.element(result.getByRole('listitem').filter({ hasText: 'stubborn 2 does not listen.' })).toBeVisible()
    const asked = server.askedFor('POST', '/runs/cancellations')
    expect(asked.map(({ body }) => body)).toEqual([
      { is_preview: true },
      { limit: 500, reason: 'wrong year' },
      { limit: 500, cursor: 'class 2', reason: 'wrong year' },
      { limit: 500, cursor: 'stubborn 1', reason: 'wrong year' },
    ])
    expect(asked.every(({ query }) => query.get('q') === 's' && query.get('sort') === null)).toBe(true)
    expect(server.runs.filter(({ state }) => state === 'cancelled').map(({ name }) => name)).toEqual(['class 3', 'class 2', 'class 1'])
  })

  it('of which none is in a state for the act are left in peace', async () => {
    server.run('class 7a', { state: 'succeeded' })
    server.run('class 7b', { state: 'succeeded' })
    await open('/runs')
    await row(/class 7a/)
      .getByRole('checkbox')
      .click()
    await page.getByRole('button', { name: 'Select all that match' }).click()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await expect.element(page.getByText(/There is nothing to do/).first()).toBeVisible()
    expect(server.askedFor('POST', '/runs/cancellations')).toHaveLength(1)
  })

  it('are rows with states in words, the newest first, in both languages', async () => {
    classes()
    await open('/runs')
    await expect.element(row(/class 7c/)).toBeVisible()
    const names = page
      .getByRole('row')
      .elements()
      .map((one) => /class 7./.exec(one.textContent ?? '')?.[0])
    expect(names).toEqual([undefined, 'class 7c', 'class 7b', 'class 7a'])
    await expect.element(row(/class 7b/).getByText('running', { exact: true })).toBeVisible()
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await expect.element(row(/class 7b/).getByText('运行中', { exact: true })).toBeVisible()
    await expect.element(page.getByRole('columnheader', { name: '进度' })).toBeVisible()
  })

  it('change in their place while they go on', async () => {
    classes()
    await open('/runs')
    await expect.element(row(/class 7b/)).toBeVisible()
    await expect.poll(() => server.live.viewerCount).toBe(1)
    server.live.run('class 7b').finish('failed', { error: { type: 'ValueError', message: 'no sheets' } as never })
    server.live.flush()
    await expect.element(row(/class 7b/).getByText('failed', { exact: true })).toBeVisible()
  })

  it('that come later slide in at the top', async () => {
    classes()
    await open('/runs')
    await expect.element(row(/class 7a/)).toBeVisible()
    server.run('class 8a', { created_at: new Date().toISOString() })
    await expect
      .poll(
        () => {
          server.live.announce('class 8a')
          return row(/class 8a/).elements().length
        },
        { timeout: 8_000, interval: 300 },
      )
      .toBe(1)
  })

  it('are narrowed by chips and by words, and Back undoes it', async () => {
    classes()
    const router = await open('/runs')
    await page.getByRole('button', { name: /^Succeeded/ }).click()
    await expect.element(row(/class 7b/)).not.toBeInTheDocument()
    await expect.element(row(/class 7a/)).toBeVisible()
    expect(router.currentRoute.value.query['state']).toBeDefined()
    router.back()
    await expect.element(row(/class 7b/)).toBeVisible()
    await page.getByRole('combobox', { name: 'Search runs' }).fill('7c')
    await expect.element(row(/class 7b/)).not.toBeInTheDocument()
    await expect.element(row(/class 7c/)).toBeVisible()
    await page.getByRole('combobox', { name: 'Search runs' }).fill('nothing like it')
    await expect.element(page.getByText('No run matches')).toBeVisible()
    await page.getByRole('button', { name: 'Clear filters' }).last().click()
    await expect.element(row(/class 7b/)).toBeVisible()
  })

  it('can be searched with suggestions by the keyboard, and mistakes are told', async () => {
    classes()
    const router = await open('/runs')
    await expect.element(row(/class 7b/)).toBeVisible()
    await userEvent.keyboard('/')
    await userEvent.keyboard('state:run')
    await expect.element(page.getByRole('option', { name: /running/ })).toBeVisible()
    await userEvent.keyboard('{ArrowDown}{Enter}{Escape}')
    await expect.poll(() => router.currentRoute.value.query['state']).toEqual(['running'])
    await page.getByRole('combobox', { name: 'Search runs' }).fill('state:sleeping ')
    await userEvent.keyboard('{Enter}')
    await expect.element(page.getByText('sleeping: there is no such state.')).toBeVisible()
  })

  it('are narrowed in the menu of filters too', async () => {
    classes()
    const router = await open('/runs')
    await page.getByRole('button', { name: 'Filters', exact: true }).click()
    await page.getByRole('dialog', { name: 'Filters' }).getByRole('textbox', { name: 'Tag' }).fill('maths')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => router.currentRoute.value.query).toMatchObject({ tag: 'maths' })
    await page.getByRole('combobox', { name: 'Kind' }).selectOptions('outside')
    await expect.poll(() => router.currentRoute.value.query).toMatchObject({ tag: 'maths', kind: 'outside' })
    await expect.poll(() => server.askedFor('GET', '/runs').at(-1)?.query.get('kind')).toBe('outside')
    await page.getByRole('combobox', { name: 'Created since' }).selectOptions('Last 7 days')
    await page.getByLabelText('Created until').fill('2026-11-22')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => router.currentRoute.value.query).toMatchObject({ since: '7d', until: '2026-11-22' })
  })

  it('have the columns and the order that a person wants', async () => {
    classes()
    const router = await open('/runs')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Worker' }).click()
    await expect.element(page.getByRole('columnheader', { name: 'Worker' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await page.getByRole('columnheader', { name: 'Run', exact: true }).getByRole('button').click()
    await expect.poll(() => router.currentRoute.value.query['sort']).toBe('name')
    await expect.element(page.getByRole('columnheader', { name: 'Run', exact: true })).toHaveAttribute('aria-sort', 'ascending')
    await expect.poll(() => server.askedFor('GET', '/runs').map(({ query }) => query.get('sort'))).toContain('name')
  })

  it('are walked through, chosen and opened by the keyboard', async () => {
    classes()
    const router = await open('/runs')
    await expect.element(row(/class 7c/)).toBeVisible()
    await userEvent.keyboard('jj')
    await expect.element(link('class 7b grade')).toHaveFocus()
    await userEvent.keyboard('x')
    await userEvent.keyboard('j')
    await userEvent.keyboard('{Shift>}X{/Shift}')
    await expect.element(page.getByRole('region', { name: '2 selected' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(page.getByRole('region', { name: /selected/ })).not.toBeInTheDocument()
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => router.currentRoute.value.params['run']).toBe('class 7a')
  })

  it('are cancelled many at once, each with what became of it', async () => {
    classes()
    server.run('stubborn 7d', { state: 'queued' })
    await open('/runs')
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).click()
    await page.getByRole('region', { name: '4 selected' }).getByRole('button', { name: 'Cancel' }).click()
    const question = page.getByRole('dialog', { name: 'Cancel 4 runs?' })
    await question.getByRole('textbox').fill('wrong key')
    await question.getByRole('button', { name: 'Cancel the runs' }).click()
    await expect.element(page.getByText('2 done, 1 left as they are, 1 failed')).toBeVisible()
    await expect.element(page.getByText('stubborn 7d does not listen.')).toBeVisible()
    await expect.element(page.getByText('has ended already')).toBeVisible()
    const runs = ['stubborn 7d', 'class 7c', 'class 7b']
    expect(server.askedFor('POST', '/runs/cancellations').map(({ body }) => body)).toEqual([
      { runs, is_preview: true },
      { runs, cursor: 'the-look', reason: 'wrong key' },
    ])
    await page.getByRole('button', { name: 'Close' }).last().click()
    await expect.element(page.getByRole('region', { name: /selected/ })).not.toBeInTheDocument()
  })

  it('that have ended are run again', async () => {
    classes()
    await open('/runs')
    await page.getByRole('checkbox', { name: 'Select class 7a' }).click()
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.getByRole('dialog', { name: 'Run 1 run again?' }).getByRole('button', { name: 'Run again' }).click()
    await expect.element(page.getByRole('dialog').getByText('1 done, 0 left as they are, 0 failed')).toBeVisible()
    const made = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'new run' })
    await expect.element(made.getByRole('link')).toHaveAttribute('href', '/runs/class%207a-again')
    expect(server.runs.map(({ id }) => id)).toContain('class 7a-again')
  })

  it('teach the first step while there are none', async () => {
    await open('/runs')
    await expect.element(page.getByText('Nothing has run yet')).toBeVisible()
    await expect.element(page.getByText('headway exec -- python train.py')).toBeVisible()
    await expect.element(page.getByRole('link', { name: 'Start one of the tasks' })).toHaveAttribute('href', '/tasks')
  })

  it('say what is wrong when they cannot be loaded, and come when they can', async () => {
    classes()
    server.answers.set('GET /api/v1/runs', () => problem(500, 'internal', { detail: 'The disk is full.' }))
    await open('/runs')
    await expect.element(page.getByText('The disk is full.')).toBeVisible()
    server.answers.clear()
    await page.getByRole('button', { name: /try again|retry/i }).click()
    await expect.element(row(/class 7b/)).toBeVisible()
  })
})

describe('the runs on a narrow screen', () => {
  beforeEach(() => page.viewport(420, 800))
  afterEach(() => page.viewport(1280, 800))

  it('are cards, and the menu is a drawer', async () => {
    classes()
    const router = await open('/runs')
    await expect.element(page.getByRole('table', { name: 'Runs as cards' })).toBeVisible()
    await expect.element(row(/class 7b/).getByText('running')).toBeVisible()
    expect(page.getByRole('columnheader').elements()).toEqual([])
    await page.getByRole('button', { name: 'Open the menu' }).click()
    await page.getByRole('dialog', { name: 'Headway' }).getByRole('link', { name: /Tasks/ }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
  })
})
