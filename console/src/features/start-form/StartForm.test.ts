import type { Json } from '@headway/client'
import { expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-vue'
import { defineComponent, h, shallowRef } from 'vue'

import { i18n } from '@/ui/i18n/i18n'

import { provideForm } from './context'
import ParametersForm from './ParametersForm.vue'
import type { JsonObject, Schema } from './schema'
import { defaultsOf } from './values'

/** The form on its own, with what it holds. */
function show(schema: Schema, given: JsonObject = defaultsOf(schema), refused: { field: string; message: string }[] = []) {
  const held = shallowRef(given)
  const host = defineComponent(() => {
    const form = provideForm()
    form.isTried.value = true
    return () => h(ParametersForm, { schema, parameters: held.value, refused, onChange: (next: JsonObject) => (held.value = next) })
  })
  render(host)
  return held
}

const text = (more: Schema = {}): Schema => ({ type: 'string', ...more })

it('tells at the field what is wrong, in the language that is chosen', async () => {
  const held = show({ type: 'object', properties: { students: { type: 'integer', minimum: 3 } }, required: ['students'] })
  await expect.element(page.getByText('is needed')).toBeVisible()
  await page.getByRole('textbox', { name: /Students/ }).fill('2')
  await expect.element(page.getByText('must be at least 3')).toBeVisible()
  i18n.global.locale.value = 'zh-CN'
  await expect.element(page.getByText('不能小于 3')).toBeVisible()
  i18n.global.locale.value = 'en'
  await page.getByRole('textbox', { name: /Students/ }).fill('7')
  await expect.poll(() => held.value).toEqual({ students: 7 })
})

it('keeps what is no number as it was typed', async () => {
  const held = show({ type: 'object', properties: { share: { type: 'number' } } })
  await page.getByRole('textbox', { name: /Share/ }).fill('1.')
  await expect.element(page.getByRole('textbox', { name: /Share/ })).toHaveValue('1.')
  expect(held.value).toEqual({ share: 1 })
  await page.getByRole('textbox', { name: /Share/ }).fill('12 sheets')
  await expect.element(page.getByText('must be a number')).toBeVisible()
  await expect.element(page.getByRole('textbox', { name: /Share/ })).toHaveValue('12 sheets')
})

it('shows what the server says at the place it names, also within lists', async () => {
  const schema: Schema = { type: 'object', properties: { words: { type: 'array', items: text() } } }
  show(schema, { words: ['one', 'two'] }, [{ field: '/words/1', message: 'two is taken' }])
  await expect.element(page.getByText('two is taken')).toBeVisible()
  await expect.element(page.getByRole('textbox', { name: 'Words 2' })).toHaveAttribute('aria-invalid', 'true')
})

it('adds, moves and removes items of a list', async () => {
  const held = show({ type: 'object', properties: { words: { type: 'array', items: text(), default: ['a', 'b'] } } })
  await page.getByRole('button', { name: 'Add to Words' }).click()
  await userEvent.keyboard('c')
  await page.getByRole('button', { name: 'Move Words 3 up' }).click()
  await page.getByRole('button', { name: 'Remove Words 1' }).click()
  await expect.poll(() => held.value).toEqual({ words: ['c', 'b'] })
})

it('takes names with values, and says when a name is there twice', async () => {
  const held = show(
    { type: 'object', properties: { weights: { type: 'object', additionalProperties: { type: 'number' } } } },
    { weights: { a: 1 } },
  )
  await page.getByRole('button', { name: 'Add to Weights' }).click()
  await page.getByRole('textbox', { name: 'Key' }).nth(1).fill('a')
  await expect.element(page.getByText('This key is there already.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Key' }).nth(1).fill('b.c')
  await page.getByRole('textbox', { name: 'b.c' }).fill('2')
  await expect.poll(() => held.value).toEqual({ weights: { a: 1, 'b.c': 2 } })
})

it('stays at the form of a value that was chosen, also while there is nothing in it', async () => {
  const held = show({ type: 'object', properties: { source: { anyOf: [text(), { type: 'integer' }], default: 'file' } } })
  await page.getByRole('combobox', { name: 'Kind of Source' }).click()
  await page.getByRole('option', { name: 'Whole number' }).click()
  await page.getByRole('textbox', { name: 'Source' }).fill('7')
  await expect.poll(() => held.value).toEqual({ source: 7 })
  await page.getByRole('textbox', { name: 'Source' }).fill('')
  await page.getByRole('textbox', { name: 'Source' }).fill('8')
  await expect.poll(() => held.value).toEqual({ source: 8 })
})

it('goes as deep as a schema that contains itself is filled', async () => {
  const schema: Schema = {
    type: 'object',
    properties: { tree: { $ref: '#/$defs/Node' } },
    $defs: {
      Node: {
        type: 'object',
        properties: { name: text(), children: { type: 'array', items: { $ref: '#/$defs/Node' } } },
        required: ['name'],
      },
    },
  }
  const held = show(schema, { tree: { name: 'root' } })
  await page.getByRole('button', { name: 'Add to Children' }).click()
  await page
    .getByRole('group', { name: /Children 1/ })
    .getByRole('textbox', { name: /^Name/ })
    .fill('leaf')
  await expect.poll(() => held.value).toEqual({ tree: { name: 'root', children: [{ name: 'leaf' }] } })
})

it('shows 200 fields, and the names of others as text', async () => {
  const properties = Object.fromEntries(Array.from({ length: 200 }, (_, index): [string, Schema] => [`p${String(index)}`, text()]))
  show({ type: 'object', properties: { ...properties, last: text({ title: '<b>bold</b>\u202e' + 'x'.repeat(10_000) }) } })
  await expect.element(page.getByRole('textbox', { name: 'P199' })).toBeInTheDocument()
  expect(page.getByRole('textbox').elements()).toHaveLength(201)
  expect(document.querySelector('b')).toBeNull()
  expect(document.body.textContent).toContain('<b>bold</b>⟨U+202E⟩')
  expect(document.body.textContent.length).toBeLessThan(5_000)
})

it('never shows a secret until it is asked to', async () => {
  const held = show({ type: 'object', properties: { word: text({ format: 'password' }) } })
  const field = page.getByLabelText('Word', { exact: true })
  await field.fill('hush')
  await expect.element(field).toHaveAttribute('type', 'password')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect.element(field).toHaveAttribute('type', 'text')
  expect(held.value).toEqual({ word: 'hush' } satisfies Record<string, Json>)
})
