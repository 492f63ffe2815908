import type { Artifact, Series } from '@headway/client/rest'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { page } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'

import { openPage } from '../run-view/testing/page'
import { type Answering, openWorld, refusal } from '../run-view/testing/world'

const ID = '0192d0c0-aaaa-7bbb-8ccc-000000000043'
const world = openWorld(ID)
const { run } = world

/** A busy machine draws late, and loads what it has not loaded yet later still. */
const soon = { timeout: 10_000 }
const see = (locator: ReturnType<typeof page.getByText>) => expect.element(locator, soon).toBeVisible()
const inspector = () => page.getByRole('region', { name: 'Inspector' })
const panel = (name: string) => inspector().getByRole('tabpanel', { name })

const files: Record<string, { media_type: string; content: string }> = {
  'marks.csv': { media_type: 'text/csv', content: 'student,mark\nada,9\nbob,10\n' },
  'page.html': { media_type: 'text/html', content: '<script>window.pwned = 1</script>' },
  'model.bin': { media_type: 'application/octet-stream', content: '\u0000\u0001' },
}
const artifacts = Object.entries(files).map(([name, { media_type, content }]): Artifact => ({
  id: name,
  run: ID,
  name,
  media_type,
  attempt: 1,
  created_at: new Date().toISOString(),
  sha256: 'f00d'.repeat(16),
  stated_type: null,
  size_bytes: content.length,
  step: null,
}))
const series: Series[] = [
  {
    name: 'accuracy',
    unit: 'share',
    labels: {},
    count: 2,
    thinned: false,
    points: [
      [1, 0.5, Date.now() - 2000, null],
      [2, 0.75, Date.now() - 1000, null],
    ],
  },
]

const library: Answering = ({ path }) => {
  const name = /artifacts\/([^/]+)\/content$/.exec(path)?.[1]
  const file = files[decodeURIComponent(name ?? '')]
  if (file) return new Response(file.content, { headers: { 'content-type': file.media_type } })
  if (path.endsWith('/artifacts')) return Response.json({ items: artifacts, next_cursor: null, total: artifacts.length })
  return path.endsWith('/series') ? Response.json({ items: series, left_out: [{ name: 'loss', labels: {} }] }) : null
}

beforeAll(() => {
  run.view.task = 'grade'
  run.report({ kind: 'run.edited', name: 'Grade algebra', tags: ['exam'] })
  run.report({
    kind: 'attempt.ended',
    outcome: 'failed',
    error: { type: 'KeyError', message: 'question 7', traceback: 'File "grade.py", line 7' },
  })
  run.report({ kind: 'attempt.started', attempt: 2, worker: 'worker-7' })
  run.report({ kind: 'run.running', attempt: 2 })
  for (const name of Object.keys(files)) run.report({ kind: 'artifact.added', attempt: 2, name, size_bytes: 30 })
  run.report({ kind: 'metric.reported', attempt: 2, name: 'accuracy', value: 0.75, unit: 'share' })
})

beforeEach(() => {
  world.answering.first = library
  i18n.global.locale.value = 'en'
})

it('begins with what is known of the run', async () => {
  await openPage(`/runs/${ID}`)
  await see(panel('Overview').getByText('worker-7'))
  await see(panel('Overview').getByText('Task, executed by Headway'))
  await see(panel('Overview').getByRole('link', { name: 'run-before' }))
  i18n.global.locale.value = 'zh-CN'
  await see(page.getByText('任务，由 Headway 执行'))
  await see(page.getByRole('tab', { name: '参数' }))
})

it('goes from tab to tab by mouse and keys, and the address says to which', async () => {
  const router = await openPage(`/runs/${ID}`)
  await inspector().getByRole('tab', { name: 'Parameters' }).click()
  await see(panel('Parameters').getByText('algebra'))
  expect(router.currentRoute.value.query['tab']).toBe('parameters')
  inspector()
    .getByRole('tab', { name: 'Parameters' })
    .element()
    .dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }))
  await see(panel('Diagnostics').getByText('Last report'))
  await expect.element(inspector().getByRole('tab', { name: 'Diagnostics' })).toHaveFocus()
})

it('copies the parameters, without their secrets', async () => {
  const copied: string[] = []
  const copy = vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => Promise.resolve(void copied.push(text)))
  await openPage(`/runs/${ID}?tab=parameters`)
  await panel('Parameters').getByRole('button', { name: 'Copy JSON' }).click()
  await expect
    .poll(() => copied.map((text) => JSON.parse(text) as unknown), soon)
    .toEqual([{ students: 42, exam: 'algebra', key: '••••••••' }])
  await see(page.getByText('Copied', { exact: true }).first())
  await panel('Parameters').getByRole('button', { name: 'Copy as command' }).click()
  await expect.poll(() => copied[1], soon).toContain('-p students=42')
  expect(copied.join() + document.body.textContent).not.toContain('hush')
  copy.mockRestore()
})

it('shows parameters whose task cannot be asked what is secret only to those who want it', async () => {
  world.answering.first = (asked) => (asked.path === '/tasks/grade' ? refusal(404, 'task_not_found', 'It is gone.') : library(asked))
  await openPage(`/runs/${ID}?tab=parameters`)
  await see(panel('Parameters').getByText('It is gone.'))
  expect(document.body.textContent).not.toContain('hush')
  await panel('Parameters').getByRole('button', { name: 'Show them all' }).click()
  await see(panel('Parameters').getByText('hush'))
})

it('draws metrics, also those that come while it is looked at', async () => {
  await openPage(`/runs/${ID}?tab=metrics`)
  await see(panel('Metrics').getByRole('heading', { name: /accuracy/ }))
  await see(panel('Metrics').getByText('1 further metric is not drawn.'))
  await expect.poll(() => panel('Metrics').element().querySelector('canvas')?.width ?? 0, soon).toBeGreaterThan(0)
  run.report({ kind: 'metric.reported', attempt: 2, name: 'accuracy', value: 0.875, unit: 'share' })
  world.tell()
  await see(
    panel('Metrics')
      .getByText(/0\.875 share/)
      .first(),
  )
})

it('previews artifacts as what they are, and nothing that could do harm', async () => {
  await openPage(`/runs/${ID}?tab=artifacts`)
  await panel('Artifacts')
    .getByRole('button', { name: /^marks\.csv/ })
    .click()
  const table = panel('Artifacts').getByRole('table')
  await see(table.getByRole('cell', { name: 'ada' }))
  const firstCell = () => table.getByRole('row').nth(1).getByRole('cell').first()
  await table.getByRole('button', { name: 'student' }).click()
  await expect.element(table.getByRole('columnheader', { name: 'student' })).toHaveAttribute('aria-sort', 'ascending')
  await table.getByRole('button', { name: 'student' }).click()
  await expect.element(firstCell()).toHaveTextContent('bob')
  await panel('Artifacts')
    .getByRole('button', { name: /^page\.html/ })
    .click()
  await see(panel('Artifacts').getByText('<script>window.pwned = 1</script>'))
  await see(panel('Artifacts').getByText(/Shown as its source/))
  expect('pwned' in window).toBe(false)
  await panel('Artifacts')
    .getByRole('button', { name: /^model\.bin/ })
    .click()
  await see(panel('Artifacts').getByText(/There is no preview of this kind of file/))
})

it('saves an artifact under its name, and says when it cannot', async () => {
  const saved: string[] = []
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download)
  })
  await openPage(`/runs/${ID}?tab=artifacts`)
  await panel('Artifacts').getByRole('button', { name: 'Download marks.csv' }).click()
  await expect.poll(() => saved, soon).toEqual(['marks.csv'])
  click.mockRestore()
  world.answering.first = ({ path }) => (path.endsWith('/content') ? refusal(404, 'artifact_not_found', 'It is gone.') : null)
  await panel('Artifacts').getByRole('button', { name: 'Download page.html' }).click()
  await see(page.getByText('Download page.html').first())
})

it('lists attempts with what ended them', async () => {
  await openPage(`/runs/${ID}?tab=attempts`)
  await see(panel('Attempts').getByText('KeyError: question 7'))
  await panel('Attempts').getByText('Traceback').click()
  await see(panel('Attempts').getByText('File "grade.py", line 7'))
  expect(
    panel('Attempts')
      .getByRole('listitem')
      .elements()
      .map((one) => /Attempt \d/.exec(one.textContent)?.[0]),
  ).toEqual(['Attempt 2', 'Attempt 1'])
})

it('lists events, of one kind if that is wanted, each as the JSON it is', async () => {
  await openPage(`/runs/${ID}?tab=events`)
  const events = panel('Events')
  await see(events.getByRole('button', { name: 'Event 1 as JSON' }))
  await events.getByRole('combobox', { name: 'Kinds' }).selectOptions('artifact.added')
  await expect.element(events.getByRole('button', { name: 'Event 1 as JSON' })).not.toBeInTheDocument()
  expect(events.getByRole('button', { name: /^Event \d+ as JSON$/ }).elements()).toHaveLength(3)
  await events
    .getByRole('button', { name: /^Event \d+ as JSON$/ })
    .first()
    .click()
  await see(events.getByText('marks.csv').last())
  await events.getByRole('button', { name: 'Newest' }).click()
  await see(events.getByText(/^Events 1 to \d+ of \d+$/))
})

it('asks for a stack, shows it when it comes, and says when it cannot be had', async () => {
  await openPage(`/runs/${ID}?tab=diagnostics`)
  const diagnostics = panel('Diagnostics')
  world.answering.first = ({ path }) => (path.endsWith('/stack-dumps') ? refusal(409, 'not_running', 'It is between two attempts.') : null)
  await diagnostics.getByRole('button', { name: 'Dump the stack' }).click()
  await see(page.getByText('Dump the stack', { exact: true }).last())
  world.answering.first = null
  await diagnostics.getByRole('button', { name: 'Dump the stack' }).click()
  await see(diagnostics.getByRole('status'))
  run.report({
    kind: 'log.written',
    attempt: 2,
    level: 'warning',
    text: 'Stack of the running code',
    traceback: 'File "grade.py", line 12',
  })
  world.tell()
  await see(diagnostics.getByText('File "grade.py", line 12'))
  await see(diagnostics.getByRole('button', { name: 'Dump again' }))
  await expect.element(diagnostics.getByRole('status')).not.toBeInTheDocument()
})

it('says that there is no result yet, and shows it as a table when the run has ended', async () => {
  await openPage(`/runs/${ID}?tab=result`)
  await see(panel('Result').getByText('No result yet'))
  run.finish('succeeded', {
    result: [
      { student: 'ada', mark: 9.5 },
      { student: 'bob', mark: 7 },
    ],
  })
  world.tell()
  await see(panel('Result').getByRole('cell', { name: '9.5' }))
  await panel('Result').getByRole('button', { name: 'JSON', exact: true }).click()
  await expect.element(panel('Result').getByRole('table')).not.toBeInTheDocument()
  await expect.element(panel('Result').getByRole('button', { name: 'JSON', exact: true })).toHaveAttribute('aria-pressed', 'true')
})
