import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { pageTitle } from '@/ui/title'

import { openPage } from './testing/page'
import { openWorld, refusal } from './testing/world'

const ID = '0192d0c0-aaaa-7bbb-8ccc-000000000042'
const world = openWorld(ID)
const { run } = world

/** A busy machine draws late. */
const soon = { timeout: 10_000 }
const see = (locator: ReturnType<typeof page.getByText>) => expect.element(locator, soon).toBeVisible()
const inspector = () => page.getByRole('region', { name: 'Inspector' })
const log = () => page.getByRole('region', { name: 'Log', exact: true })
const header = () => page.getByRole('banner')

/** What a task that grades exams has reported so far. */
function report(): void {
  const said = [
    { kind: 'run.edited', name: 'Grade algebra', tags: ['exam', 'spring'] },
    { kind: 'status.reported', text: 'second pass' },
    { kind: 'step.started', step: 's1', name: 'load sheets' },
    { kind: 'step.started', step: 's2', parent: 's1', name: 'read scans' },
    { kind: 'log.written', level: 'info', text: 'sheet 1 loaded', step: 's2' },
    { kind: 'log.written', level: 'warning', text: 'sheet 2 is blurred', step: 's2' },
    { kind: 'step.ended', step: 's2', outcome: 'failed', duration_seconds: 1.5 },
    { kind: 'step.ended', step: 's1', outcome: 'succeeded', duration_seconds: 2 },
    { kind: 'step.started', step: 's3', name: 'mark' },
    { kind: 'log.written', level: 'error', text: 'no key for question 7', step: 's3' },
    { kind: 'log.written', level: 'info', text: 'Sheet 3 marked', step: 's3', stream: 'stdout' },
    { kind: 'progress.reported', done: 12, total: 40, unit: 'sheets', elapsed_seconds: 6 },
    { kind: 'progress.reported', bar: 'pages', name: 'Pages', done: 3, total: 9 },
    { kind: 'metric.reported', name: 'accuracy', value: 0.5 },
    { kind: 'metric.reported', name: 'accuracy', value: 0.75 },
  ]
  for (const one of said) run.report(one)
}

beforeAll(report)

beforeEach(async () => {
  world.answering.first = null
  i18n.global.locale.value = 'en'
  await page.viewport(1280, 800)
})

describe('the page of a run that goes on', () => {
  it('shows what the run says, and what it says next', async () => {
    await openPage(`/runs/${ID}`)
    await see(header().getByRole('heading', { name: 'Grade algebra' }))
    // The path above the page says so too, and the tab how far it is.
    expect(pageTitle.value).toBe('Grade algebra')
    expect(document.title).toBe('30% Grade algebra')
    await see(header().getByText('second pass'))
    await see(header().getByText('spring'))
    await see(page.getByRole('progressbar').first())
    await see(log().getByText('no key for question 7'))
    run.log('sheet 4 came')
    run.report({ kind: 'status.reported', text: 'third pass' })
    world.tell()
    await see(log().getByText('sheet 4 came'))
    await see(header().getByText('third pass'))
    await expect.element(header().getByText('second pass')).not.toBeInTheDocument()
  })
})

describe('what can be done with the run', () => {
  it('is asked about first, and told to the server with the reason', async () => {
    await openPage(`/runs/${ID}`)
    await header().getByRole('button', { name: 'Cancel', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Cancel this run?' })
    await dialog.getByRole('button', { name: 'Keep running' }).click()
    expect(world.asked.some(({ method }) => method === 'PUT')).toBe(false)
    world.answering.first = ({ method }) => (method === 'PUT' ? refusal(409, 'conflict', 'The run has just ended.') : null)
    await header().getByRole('button', { name: 'Cancel', exact: true }).click()
    await dialog.getByRole('textbox', { name: /Reason/ }).fill('wrong exam')
    await dialog.getByRole('button', { name: 'Cancel the run' }).click()
    await vi.waitFor(() => expect(world.bodyOf('PUT', `/runs/${ID}/cancellation`)).toEqual({ reason: 'wrong exam' }))
    await see(page.getByText('That did not work').first())
  })

  it('is a pause where it can go on afterwards, and then going on', async () => {
    await openPage(`/runs/${ID}`)
    const told = async (wish: string): Promise<void> => {
      await vi.waitFor(() => expect(world.asked.some(({ method, path }) => method === 'PUT' && path.endsWith(`/${wish}`))).toBe(true))
      world.tell()
    }
    const pause = header().getByRole('button', { name: 'Pause' })
    await expect.element(pause).toHaveAccessibleDescription('The run has no checkpoint from which it could go on.')
    run.report({ kind: 'checkpoint.stored', number: 1 })
    world.tell()
    await pause.click()
    await told('pause')
    await see(header().getByText('Paused; it goes on from its last checkpoint'))
    await expect.element(pause).not.toBeInTheDocument()
    await header().getByRole('button', { name: 'Go on' }).click()
    await told('resumption')
    await see(pause)
    run.report({ kind: 'run.running' })
    world.tell()
    await see(header().getByText('running', { exact: true }))
  })

  it('is a stack dump and a clone, and not what only a run that has ended allows', async () => {
    const router = await openPage(`/runs/${ID}`)
    await header().getByRole('button', { name: 'Stack dump' }).click()
    await see(page.getByText('Stack dump asked for').first())
    const retry = header().getByRole('button', { name: 'Retry' })
    await expect.element(retry).toHaveAccessibleDescription('Only when the run has ended.')
    await retry.click({ force: true })
    await see(header().getByText('Only when the run has ended.'))
    expect(world.asked.some(({ path }) => path.endsWith('/retries'))).toBe(false)
    await header().getByRole('button', { name: 'More actions' }).click()
    for (const name of [/^Delete(?! the log)/, /^Delete the log/])
      await expect.element(page.getByRole('menuitem', { name })).toHaveAttribute('aria-disabled', 'true')
    await page.getByRole('menuitem', { name: /Edit/ }).click()
    const form = page.getByRole('textbox', { name: 'Name' })
    await expect.element(form).toHaveValue('Grade algebra')
    await form.fill('Grade algebra II')
    await page.getByRole('textbox', { name: /Tags/ }).fill('exam, autumn，exam')
    await page.getByRole('button', { name: 'Save' }).click()
    await see(header().getByRole('heading', { name: 'Grade algebra II' }))
    expect(world.bodyOf('PATCH', `/runs/${ID}`)).toEqual({ name: 'Grade algebra II', tags: ['exam', 'autumn'] })
    expect(router.currentRoute.value.path).toBe(`/runs/${ID}`)
  })

  it('shows why an edit was refused, and gives it up with Escape', async () => {
    await openPage(`/runs/${ID}`)
    world.answering.first = ({ method }) => (method === 'PATCH' ? refusal(422, 'invalid', 'The name is too long.') : null)
    await header().getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /Edit/ }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await see(page.getByRole('alert').first())
    await page.getByRole('textbox', { name: 'Name' }).click()
    await userEvent.keyboard('{Escape}')
    await expect.element(page.getByRole('textbox', { name: 'Name' })).not.toBeInTheDocument()
  })
})

describe('the steps', () => {
  it('are a tree that mouse and keys move in, and the address says which one is looked at', async () => {
    const router = await openPage(`/runs/${ID}`)
    const tree = page.getByRole('tree', { name: 'Steps' })
    const item = (name: RegExp) => tree.getByRole('treeitem', { name })
    await item(/load sheets/).click()
    await expect.poll(() => router.currentRoute.value.query['step'], soon).toBe('1.s1')
    await see(inspector().getByRole('heading', { name: 'Step load sheets' }))
    tree.element().focus()
    await userEvent.keyboard('{ArrowLeft}')
    await expect.element(item(/read scans/)).not.toBeInTheDocument()
    await expect.element(item(/load sheets/)).toHaveAttribute('aria-expanded', 'false')
    await userEvent.keyboard('{ArrowRight}{ArrowDown}')
    await expect.element(item(/read scans/), soon).toHaveAttribute('aria-selected', 'true')
    await expect.poll(() => router.currentRoute.value.query['step']).toBe('1.s2')
    await userEvent.keyboard('{End}')
    await expect.poll(() => router.currentRoute.value.query['step']).toBe('1.s3')
    await userEvent.keyboard('{Home}')
    await expect.element(item(/load sheets/), soon).toHaveAttribute('aria-selected', 'true')
    await tree.getByRole('button', { name: 'Fold load sheets' }).click()
    await expect.element(item(/read scans/)).not.toBeInTheDocument()
    await tree.getByRole('button', { name: 'Unfold load sheets' }).click()
    await see(item(/read scans/))
  })

  it('show their lines alone when they are opened, until all lines are wanted', async () => {
    const router = await openPage(`/runs/${ID}?step=1.s2`)
    await see(log().getByText('no key for question 7'))
    page.getByRole('tree', { name: 'Steps' }).element().focus()
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => router.currentRoute.value.query['only'], soon).toBe('step')
    await see(log().getByText('sheet 2 is blurred'))
    await expect.element(log().getByText('no key for question 7'), soon).not.toBeInTheDocument()
    await log().getByRole('button', { name: 'Only the step read scans' }).click()
    await see(log().getByText('no key for question 7'))
  })

  it('can be looked at closer and as a whole again', async () => {
    await openPage(`/runs/${ID}`)
    const steps = page.getByRole('region', { name: 'Steps' })
    await steps.getByRole('button', { name: 'Zoom in' }).click()
    await steps.getByRole('button', { name: 'Show everything' }).click()
    await expect.element(steps.getByRole('button', { name: 'Show everything' })).not.toBeInTheDocument()
    const fold = steps.getByRole('button', { name: 'Fold idle time' })
    const before = fold.element().getAttribute('aria-pressed')
    await fold.click()
    await expect.element(fold).toHaveAttribute('aria-pressed', before === 'true' ? 'false' : 'true')
    const edge = steps.getByRole('separator', { name: 'Steps' })
    const width = Number(edge.element().getAttribute('aria-valuenow'))
    edge.element().focus()
    await userEvent.keyboard('{ArrowRight}')
    await expect.element(edge).toHaveAttribute('aria-valuenow', String(width + 16))
  })
})

describe('the log', () => {
  it('is searched, and goes from match to match', async () => {
    const router = await openPage(`/runs/${ID}`)
    await see(log().getByText('Sheet 3 marked'))
    await userEvent.keyboard('/')
    const field = log().getByRole('textbox', { name: 'Search the log' })
    await field.fill('sheet 3')
    await expect.poll(() => router.currentRoute.value.query['q'], soon).toBe('sheet 3')
    const status = log().getByRole('search').getByRole('status')
    await expect.element(status, soon).toHaveTextContent('1 of 1')
    await log().getByRole('button', { name: 'Match case' }).click()
    await expect.element(status, soon).toHaveTextContent('no matches')
    await log().getByRole('button', { name: 'Match case' }).click()
    await field.fill('sheet')
    await expect.element(status, soon).toHaveTextContent(/^1 of [34]$/)
    await log().getByRole('button', { name: 'Next match' }).click()
    await expect.element(status).toHaveTextContent(/^2 of/)
    await log().getByRole('button', { name: 'Previous match' }).click()
    await expect.element(status).toHaveTextContent(/^1 of/)
    await log().getByRole('button', { name: 'Close the search' }).click()
    await expect.poll(() => router.currentRoute.value.query['q']).toBeUndefined()
  })

  it('says what is wrong with a regular expression', async () => {
    world.answering.first = ({ path }) => (path.endsWith('/hits') ? refusal(422, 'bad_pattern', 'The pattern has no end.') : null)
    await openPage(`/runs/${ID}?q=%5B&regex=1`)
    await see(log().getByRole('search').getByRole('alert'))
    await expect.element(log().getByRole('button', { name: 'Regular expression' })).toHaveAttribute('aria-pressed', 'true')
  })

  it('shows the levels that are wanted, and goes to errors', async () => {
    const router = await openPage(`/runs/${ID}`)
    const levels = log().getByRole('group', { name: 'Levels shown' })
    await levels.getByRole('button', { name: /warning/ }).click()
    await expect.element(log().getByText('Sheet 3 marked'), soon).not.toBeInTheDocument()
    await see(log().getByText('sheet 2 is blurred'))
    await levels.getByRole('button', { name: /error/ }).click()
    await see(log().getByText('no key for question 7'))
    expect(router.currentRoute.value.query['levels']).toBe('warning,error')
    await levels.getByRole('button', { name: /warning/ }).click()
    await levels.getByRole('button', { name: /error/ }).click()
    await see(log().getByText('Sheet 3 marked'))
    await log().getByRole('button', { name: 'Next error' }).click()
    await see(log().getByText('no key for question 7'))
  })

  it('shows the lines of one stream alone', async () => {
    const router = await openPage(`/runs/${ID}`)
    await see(log().getByText('sheet 2 is blurred'))
    await log().getByRole('button', { name: 'Only lines of one stream or attempt' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'stdout' }).click()
    await expect.element(log().getByText('sheet 2 is blurred'), soon).not.toBeInTheDocument()
    await see(log().getByText('Sheet 3 marked'))
    expect(router.currentRoute.value.query['stream']).toBe('stdout')
    await log().getByRole('button', { name: 'stdout' }).click()
    await expect.element(page.getByRole('menuitemcheckbox', { name: 'stdout' })).toHaveAttribute('aria-checked', 'true')
    await page.getByRole('menuitemcheckbox', { name: 'All streams' }).click()
    await see(log().getByText('sheet 2 is blurred'))
  })

  it('keeps how it is shown in the address', async () => {
    const router = await openPage(`/runs/${ID}`)
    const query = () => router.currentRoute.value.query
    await log().getByRole('button', { name: 'Wrap long lines' }).click()
    await expect.poll(() => query()['wrap']).toBe('1')
    await log().getByRole('button', { name: 'Clock' }).click()
    await expect.poll(() => query()['time']).toBe('relative')
    await log().getByRole('button', { name: 'Since start' }).click()
    await expect.poll(() => query()['time']).toBe('delta')
    await log().getByRole('button', { name: 'Full screen' }).click()
    await expect.poll(() => query()['log']).toBe('full')
    await expect.element(page.getByRole('banner')).not.toBeInTheDocument()
    await userEvent.keyboard('{Escape}')
    await expect.poll(() => query()['log']).toBeUndefined()
    await see(header().getByRole('heading'))
  })

  it('lets lines be picked and copied, and saved as a file', async () => {
    const copied: string[] = []
    const copy = vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => Promise.resolve(void copied.push(text)))
    const router = await openPage(`/runs/${ID}#L4-L5`)
    await see(log().getByText('Lines 4 to 5'))
    await log().getByRole('button', { name: 'Copy 2 lines' }).click()
    await expect.poll(() => copied, soon).toEqual(['sheet 1 loaded\nsheet 2 is blurred'])
    await log().getByRole('button', { name: 'Copy with times' }).click()
    await expect.poll(() => copied[1], soon).toMatch(/^\d{4}-\d\d-\d\dT\S+Z sheet 1 loaded\n/)
    await log().getByRole('link', { name: '5', exact: true }).click()
    await expect.poll(() => router.currentRoute.value.hash).toBe('#L5')
    await log().getByRole('button', { name: 'Clear the selection' }).click()
    await expect.poll(() => router.currentRoute.value.hash).toBe('')
    copy.mockRestore()

    const saved: string[] = []
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download)
    })
    await log().getByRole('button', { name: 'Download' }).click()
    await page.getByRole('menuitem', { name: 'JSON lines (.jsonl)' }).click()
    await expect.poll(() => saved, soon).toEqual([expect.stringMatching(/^Grade-algebra.*\.jsonl$/)])
    click.mockRestore()
  })
})
