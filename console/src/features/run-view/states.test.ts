import { beforeEach, expect, it, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'

import { openPage } from './testing/page'
import { openWorld, refusal } from './testing/world'

const ID = '0192d0c0-aaaa-7bbb-8ccc-000000000044'
const world = openWorld(ID)
const { run } = world

/** A busy machine draws late. */
const soon = { timeout: 10_000 }
const see = (locator: ReturnType<typeof page.getByText>) => expect.element(locator, soon).toBeVisible()
const header = () => page.getByRole('banner')

beforeEach(async () => {
  world.answering.first = null
  i18n.global.locale.value = 'en'
  await page.viewport(1280, 800)
})

/** Each test goes on where the one before has left the run. */
it('says what is going on beside the progress, in both languages', async () => {
  await openPage(`/runs/${ID}`)
  await see(header().getByText('No progress was reported yet.'))
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    run.report({ kind: 'progress.reported', bar: id, name: `Bar ${id}`, done: 1, total: 9 })
  run.report({ kind: 'run.throttled', is_throttled: true })
  run.report({ kind: 'output.dropped', line_count: 30, size_bytes: 900, reason: 'quota' })
  run.report({ kind: 'run.silent', is_silent: true })
  world.tell()
  await see(header().getByText(/The run writes faster than it can be kept/))
  await see(header().getByText('The output quota was used up: 30 lines were not kept.'))
  await see(header().getByText(/It counts as lost after 2m of silence/))
  const more = header().getByRole('button', { name: /more bars?$/ })
  const count = header().getByRole('progressbar').elements().length
  await more.click()
  await expect.poll(() => header().getByRole('progressbar').elements().length).toBeGreaterThan(count)
  i18n.global.locale.value = 'zh-CN'
  await expect.element(header().getByText(/Nothing is heard/)).not.toBeInTheDocument()
  await see(header().getByRole('button', { name: '取消', exact: true }))
})

it('tells how a cancellation goes on, and does not offer it twice', async () => {
  await openPage(`/runs/${ID}`)
  await header().getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('textbox', { name: /Reason/ }).fill('wrong exam')
  await userEvent.keyboard('{Enter}')
  await vi.waitFor(() => expect(world.bodyOf('PUT', `/runs/${ID}/cancellation`)).toEqual({ reason: 'wrong exam' }))
  world.tell()
  await see(header().getByText('Cancellation asked'))
  run.log('Cancelling: the code is asked to tidy up.')
  world.tell()
  await see(header().getByText('Asked to tidy up'))
  const cancel = header().getByRole('button', { name: 'Cancel', exact: true })
  await expect.element(cancel).toHaveAttribute('aria-disabled', 'true')
  await expect.element(cancel).toHaveAccessibleDescription('This was asked already.')
})

it('says why it failed and what can be done about it', async () => {
  await openPage(`/runs/${ID}`)
  run.finish('failed', { error: { code: 'exception', type: 'KeyError', message: 'question 7' } })
  world.tell()
  const error = header().getByRole('region', { name: 'Why it failed' })
  await see(error.getByText('KeyError'))
  await see(error.getByText(/Mend it and retry/))
  await expect.element(header().getByRole('button', { name: 'Retry' })).not.toHaveAttribute('aria-disabled')
  await expect.element(header().getByRole('button', { name: 'Stack dump' })).toHaveAttribute('aria-disabled', 'true')
  i18n.global.locale.value = 'zh-CN'
  await see(header().getByText('失败').first())
})

it('is tried again as another run', async () => {
  world.answering.first = ({ method, path }) =>
    method === 'POST' && path.endsWith('/retries') ? Response.json({ id: 'run-again' }, { status: 201 }) : null
  const router = await openPage(`/runs/${ID}`)
  await header().getByRole('button', { name: 'Retry' }).click()
  await expect.poll(() => router.currentRoute.value.path, soon).toBe('/runs/run-again')
})

it('is deleted when that was asked for twice, and the runs are shown', async () => {
  const router = await openPage(`/runs/${ID}`)
  await header().getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete', exact: true }).click()
  await page.getByRole('dialog', { name: 'Delete this run?' }).getByRole('button', { name: 'Delete the run' }).click()
  await expect.poll(() => router.currentRoute.value.path, soon).toBe('/runs')
  expect(world.asked.filter(({ method }) => method === 'DELETE').map(({ path }) => path)).toEqual([`/runs/${ID}`])
})

it('shows one part at a time where there is little room', async () => {
  await page.viewport(700, 800)
  const router = await openPage(`/runs/${ID}`)
  const log = page.getByRole('region', { name: 'Log', exact: true })
  await see(log)
  await expect.element(page.getByRole('region', { name: 'Inspector' })).not.toBeInTheDocument()
  await page.getByRole('tab', { name: 'Inspector' }).click()
  await see(page.getByRole('region', { name: 'Inspector' }))
  await expect.element(log).not.toBeInTheDocument()
  expect(router.currentRoute.value.query['pane']).toBe('inspector')
  await page.getByRole('tab', { name: 'Steps' }).click()
  await see(page.getByText('This run had no steps'))
})

it('is not there: that is said, and looked for again when a person wants it', async () => {
  world.answering.first = ({ path }) => (path === '/runs/nowhere' ? refusal(404, 'run_not_found', 'There is no such run.') : null)
  await openPage('/runs/nowhere')
  await see(page.getByRole('alert').first())
  await expect.element(header()).not.toBeInTheDocument()
})
