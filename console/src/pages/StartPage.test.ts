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

function grade() {
  server.task('grade', {
    parameter_schema: {
      type: 'object',
      properties: {
        class: { type: 'string' },
        students: { type: 'integer', minimum: 1, default: 30 },
      },
      required: ['class'],
    },
  })
}

const start = () => page.getByRole('button', { name: 'Start run' })
const field = (name: RegExp) => page.getByRole('textbox', { name })

describe('the page that starts a run', () => {
  it('starts nothing while something is wrong, and leads to it, in both languages', async () => {
    grade()
    await open('/tasks/grade/start')
    await start().click()
    const list = page.getByRole('alert', { name: 'What is to settle' })
    await expect.element(list.getByRole('button', { name: /class is needed/ })).toBeVisible()
    await expect.element(field(/^Class/)).toHaveFocus()
    await page.getByRole('button', { name: 'More settings' }).click()
    await field(/Priority/).fill('99')
    await expect.element(list.getByText('Priority: A whole number from -10 to 10.')).toBeVisible()
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await expect.element(page.getByRole('button', { name: /class 必须填写/ })).toBeVisible()
    expect(server.askedFor('POST', '/tasks/grade/runs')).toEqual([])
  })

  it('shows what the server refuses at its place, and keeps what was typed', async () => {
    grade()
    const refused = { detail: 'class: 7z is no class.', field: 'class' }
    server.answers.set('POST /api/v1/tasks/grade/runs', () => problem(422, 'invalid_parameters', refused))
    await open('/tasks/grade/start')
    await field(/^Class/).fill('7z')
    await start().click()
    await expect.element(page.getByText('The run was not started. What you typed is still here.')).toBeVisible()
    await expect.element(field(/^Class/)).toHaveAttribute('aria-invalid', 'true')
    await expect.element(field(/^Class/)).toHaveValue('7z')
  })

  it('takes JSON too, and says where it is broken', async () => {
    grade()
    const router = await open('/tasks/grade/start?p.class=7b')
    await expect.element(field(/^Class/)).toHaveValue('7b')
    await page.getByRole('tab', { name: 'JSON' }).click()
    await expect.poll(() => router.currentRoute.value.query['tab']).toBe('json')
    await field(/Parameters as JSON/).fill('{"class": "7c",}')
    await start().click()
    await expect.element(page.getByRole('alert', { name: 'What is to settle' })).toBeVisible()
    await expect.element(page.getByText(/comma too many/).first()).toBeVisible()
    await field(/Parameters as JSON/).fill('{"class": "7c", "students": 12}')
    await page.getByRole('tab', { name: 'Form' }).click()
    await expect.element(field(/^Class/)).toHaveValue('7c')
    await expect.element(field(/^Students/)).toHaveValue('12')
  })

  it('hides secrets in the JSON tab, and sends them as they were unless they are typed over', async () => {
    server.task('grade', {
      parameter_schema: {
        type: 'object',
        properties: { class: { type: 'string' }, key: { type: 'string', format: 'password', default: 'hush' } },
      },
    })
    await open('/tasks/grade/start?tab=json')
    const json = field(/Parameters as JSON/)
    await expect.element(json).toHaveValue('{\n  "key": "••••••••"\n}')
    expect(document.body.textContent).not.toContain('hush')
    await json.fill('{"key": "••••••••", "class": "7b"}')
    await page.getByRole('tab', { name: 'Form' }).click()
    await expect.element(page.getByLabelText('Key', { exact: true })).toHaveValue('hush')
    await page.getByRole('tab', { name: 'JSON' }).click()
    await json.fill('{"key": "louder", "class": "7b"}')
    await expect.element(json).toHaveValue('{"key": "louder", "class": "7b"}')
    await start().click()
    await expect
      .poll(() => server.askedFor('POST', '/tasks/grade/runs').at(-1)?.body)
      .toMatchObject({ parameters: { key: 'louder', class: '7b' } })
  })

  it('fills from a run before, and tells what is other than in the last', async () => {
    grade()
    server.run('class 7a', { task: 'grade', parameters: { class: '7a', students: 28 } })
    await open('/tasks/grade/start')
    await page.getByRole('button', { name: 'Fill from a run' }).click()
    await page.getByRole('menuitem', { name: /class 7a/ }).click()
    await expect.element(field(/^Class/)).toHaveValue('7a')
    await expect.element(page.getByText('The same parameters as class 7a.')).toBeVisible()
    await field(/^Students/).fill('29')
    const changes = page.getByRole('region', { name: 'Against the last run' })
    await expect.element(changes.getByText('28')).toBeVisible()
    await expect.element(changes.getByText('29')).toBeVisible()
    await page.getByRole('button', { name: 'Python' }).click()
    await expect.element(page.getByRole('region', { name: 'Copy as' }).getByText(/students/)).toBeVisible()
    await page.getByRole('button', { name: 'Back to the defaults' }).click()
    await expect.element(field(/^Students/)).toHaveValue('30')
  })

  it('keeps parameters under a name, renames, overwrites and deletes them', async () => {
    grade()
    await open('/tasks/grade/start?p.class=7b')
    await page.getByRole('button', { name: 'Keep as preset' }).click()
    await field(/Name of the preset/).fill('usual')
    await userEvent.keyboard('{Enter}')
    await expect
      .poll(() => server.presets.map(({ name, parameters }) => [name, parameters]))
      .toEqual([['usual', { class: '7b', students: 30 }]])
    const acts = page.getByRole('button', { name: /Actions for preset/ })
    await field(/^Class/).fill('7c')
    await acts.click()
    await page.getByRole('menuitem', { name: 'Overwrite with what is typed' }).click()
    await expect.poll(() => server.presets[0]?.parameters).toEqual({ class: '7c', students: 30 })
    await acts.click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await field(/Name of the preset/).fill('of 7c')
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await expect.element(page.getByRole('button', { name: 'of 7c', exact: true })).toBeVisible()
    await field(/^Class/).fill('other')
    await page.getByRole('button', { name: 'of 7c', exact: true }).click()
    await expect.element(field(/^Class/)).toHaveValue('7c')
    await acts.click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog', { name: 'Delete the preset of 7c?' }).getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => server.presets).toEqual([])
  })

  it('begins with what a run had, or says that it is not there', async () => {
    grade()
    server.run('class-7a', { task: 'grade', parameters: { class: '7a', students: 3 } })
    await open('/tasks/grade/start?from=class-7a')
    await expect.element(field(/^Students/)).toHaveValue('3')
    await open('/tasks/grade/start?from=gone')
    await expect.element(page.getByText('The run that should fill this form is not there, or you may not see it.')).toBeVisible()
  })
})
