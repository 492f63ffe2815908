import { fileURLToPath } from 'node:url'

import { axeClean, expect, HeadwayServer, looks, picture, setLook, test as base } from './fixtures'

const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const tasks = ['tasks.py', 'form_tasks.py'].map((file) => fileURLToPath(new URL(file, import.meta.url)))
      const server = await HeadwayServer.start({ tasks })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

interface Detail {
  name: string
  parameters: Record<string, unknown>
  tags: string[]
}

function idOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? ''
}

test('a form of every kind of parameter is filled by mouse, checked, and starts one run', async ({ signedIn: page, server }) => {
  test.slow()
  await page.goto('/tasks/everything/start')
  await page.getByRole('button', { name: 'Start run' }).click()
  await expect(page.getByRole('textbox', { name: /^Title/ })).toBeFocused()
  await expect(page.getByRole('alert').filter({ hasText: 'title' })).toContainText('is needed')

  await page.getByRole('textbox', { name: /^Title/ }).fill('Class 7b')
  const students = page.getByRole('textbox', { name: /^Students/ })
  await students.fill('five')
  await expect(page.getByText('must be a whole number').first()).toBeVisible()
  await students.fill('0')
  await expect(page.getByText('must be at least 1').first()).toBeVisible()
  await students.fill('25')
  await page.getByRole('radio', { name: 'small' }).click()
  await page.getByRole('combobox', { name: /^Colour/ }).click()
  await page.getByRole('option', { name: 'teal' }).click()
  await page.getByRole('checkbox', { name: /^Is dry/ }).click()
  await page.getByRole('radiogroup', { name: 'Mood' }).getByRole('radio', { name: 'Yes' }).click()
  await page.getByLabel(/^Day/).fill('2026-11-22')
  await page.getByRole('textbox', { name: /^Patience/ }).fill('2m 30s')
  await page.getByRole('button', { name: 'Add to Words' }).click()
  await page.keyboard.type('three')
  await page.getByRole('button', { name: 'Remove Words 1' }).click()
  await page.getByRole('button', { name: 'Add to Pupils' }).click()
  await page
    .getByRole('group', { name: /Pupils 1/ })
    .getByRole('textbox', { name: /^Name/ })
    .fill('Ada')
  await page.getByRole('button', { name: 'Add to Weights' }).click()
  await page.keyboard.type('b')
  await page.locator('#parameter-weights\\.b').fill('1.5')
  await page.getByRole('combobox', { name: 'Kind of Source' }).click()
  await page.getByRole('option', { name: 'Whole number' }).click()
  await page.locator('#parameter-source').fill('7')
  await page.getByRole('checkbox', { name: 'Give a value for Tree' }).click()
  await page.locator('#parameter-tree\\.name').fill('root')
  await page.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('PNG!') })
  await expect(page.getByText('Everything fits.')).toBeVisible()
  await picture(page, 'start-filled')

  await page.getByRole('button', { name: 'Start run' }).dblclick()
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/)
  const run = await server.request<Detail>('GET', `/runs/${idOf(page.url())}`)
  expect(run.parameters).toMatchObject({
    title: 'Class 7b',
    students: 25,
    size: 'small',
    colour: 'teal',
    is_dry: true,
    mood: true,
    day: '2026-11-22',
    patience: 150,
    words: ['two', 'three'],
    pupils: [{ name: 'Ada' }],
    weights: { a: 0.5, b: 1.5 },
    source: 7,
    picture: 'UE5HIQ==',
    tree: { name: 'root' },
  })
  const { items } = await server.request<{ items: unknown[] }>('GET', '/runs?task=everything')
  expect(items).toHaveLength(1)
})

test('the keyboard alone starts a run; JSON and form are the same', async ({ signedIn: page, server }) => {
  await page.goto('/tasks/quick/start')
  await page.getByRole('textbox', { name: /^Name/ }).first().focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('keys')
  await page.getByRole('tab', { name: 'Form' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(/tab=json/)
  const json = page.getByRole('textbox', { name: 'Parameters as JSON' })
  await expect(json).toHaveValue('{\n  "name": "keys"\n}')
  await json.fill('{\n  "name": "keys",\n}')
  await expect(page.getByText('Line 2, column 17: there is a comma too many before the end')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'The JSON is not complete' })).toBeVisible()
  await json.fill('{"name": "by keys"}')
  await page.getByRole('tab', { name: 'JSON' }).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByRole('textbox', { name: /^Name/ }).first()).toHaveValue('by keys')
  await page.getByRole('textbox', { name: /^Name/ }).first().focus()
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/)
  expect((await server.request<Detail>('GET', `/runs/${idOf(page.url())}`)).parameters).toEqual({ name: 'by keys' })
})

test('what is typed survives a reload, and goes with the run', async ({ signedIn: page }) => {
  await page.goto('/tasks/quick/start')
  await page.getByRole('textbox', { name: /^Name/ }).first().fill('half done')
  await expect.poll(() => page.evaluate(() => sessionStorage.getItem('headway.draft.quick') ?? '')).toContain('half done')
  await page.reload()
  await expect(page.getByRole('textbox', { name: /^Name/ }).first()).toHaveValue('half done')
  await expect(page.getByText('What you typed before is back.')).toBeVisible()
  await page.getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/)
  await page.goto('/tasks/quick/start')
  await expect(page.getByRole('textbox', { name: /^Name/ }).first()).toHaveValue('world')
})

test('presets are kept, loaded, renamed and deleted', async ({ signedIn: page }) => {
  await page.goto('/tasks/slow/start')
  await page.getByRole('textbox', { name: /^Unit/ }).fill('pages')
  await page.getByRole('button', { name: 'Keep as preset' }).click()
  await page.getByRole('textbox', { name: 'Name of the preset' }).fill('<b>pages</b>')
  await page.keyboard.press('Enter')
  const presets = page.getByRole('region', { name: 'Presets' })
  await expect(presets.getByRole('button', { name: '<b>pages</b>', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Back to the defaults' }).first().click()
  await expect(page.getByRole('textbox', { name: /^Unit/ })).toHaveValue('sheets')
  await presets.getByRole('button', { name: '<b>pages</b>', exact: true }).click()
  await expect(page.getByRole('textbox', { name: /^Unit/ })).toHaveValue('pages')
  await presets.getByRole('button', { name: /Actions for preset/ }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByRole('textbox', { name: 'Name of the preset' }).fill('in pages')
  await page.keyboard.press('Enter')
  await expect(presets.getByRole('button', { name: 'in pages', exact: true })).toBeVisible()
  await presets.getByRole('button', { name: /Actions for preset/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(presets.getByText('No presets yet.')).toBeVisible()
})

test('an address fills the form: from a run, and by single values', async ({ signedIn: page, server }) => {
  const run = await server.start('slow', { count: 3, pause: 0.01, unit: 'from a run' }, { name: 'the model', tags: ['kept'] })
  await page.goto(`/tasks/slow/start?from=${run.id}`)
  await expect(page.getByRole('textbox', { name: /^Unit/ })).toHaveValue('from a run')
  await expect(page.getByRole('textbox', { name: /^Name of the run/ })).toHaveValue('the model')
  await expect(page.getByText('The same parameters as the model.')).toBeVisible()
  await page.goto('/tasks/slow/start?p.count=12&p.unit=34')
  await expect(page.getByRole('textbox', { name: /^Count/ })).toHaveValue('12')
  await expect(page.getByRole('textbox', { name: /^Unit/ })).toHaveValue('34')
  await page.getByRole('button', { name: 'curl' }).click()
  await expect(page.getByRole('region', { name: 'Copy as' }).locator('pre')).toContainText('"unit":"34"')
})

test('what only the server finds stands at its field, and nothing typed is lost', async ({ signedIn: page }) => {
  await page.route('**/api/v1/tasks/even/validations', (route) =>
    route.fulfill({ json: { is_valid: false, problems: [{ field: '/number', message: 'there is no such number' }], parameters: {} } }),
  )
  await page.goto('/tasks/even/start')
  await page.getByRole('textbox', { name: /^Number/ }).fill('3')
  await page.getByRole('textbox', { name: /^Number/ }).blur()
  await expect(page.getByText('must be a multiple of 2')).toBeVisible()
  await page.getByRole('textbox', { name: /^Number/ }).fill('4')
  await expect(page.getByText('there is no such number')).toBeVisible()
  await expect(page.getByRole('textbox', { name: /^Number/ })).toHaveValue('4')
})

test('a task of any names is given its parameters as JSON or by name', async ({ signedIn: page, server }) => {
  await page.goto('/tasks/any_names/start?tab=json')
  await page.getByRole('textbox', { name: 'Parameters as JSON' }).fill('{"a.b": [1, {"c": null}]}')
  await page.getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/)
  expect((await server.request<Detail>('GET', `/runs/${idOf(page.url())}`)).parameters).toEqual({ 'a.b': [1, { c: null }] })
})

for (const look of looks) {
  test(`the form is for everyone: ${look.language}, ${look.theme}`, async ({ signedIn: page }) => {
    test.slow()
    await setLook(page, look)
    await page.goto('/tasks/everything/start')
    await expect(page.locator('#parameter-title')).toBeVisible()
    await page.locator('button[type=submit]').click()
    await expect(page.locator('#parameter-title')).toBeFocused()
    await axeClean(page)
    await picture(page, `start-${look.language}-${look.theme}`)
  })
}
