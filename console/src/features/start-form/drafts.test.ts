import type { Task } from '@headway/client/rest'
import { afterEach, expect, it } from 'vitest'
import { render } from 'vitest-browser-vue'
import { defineComponent, h } from 'vue'

import type { JsonObject, Schema } from './schema'
import { useStartForm } from './useStartForm'

const schema: Schema = {
  type: 'object',
  properties: {
    user: { type: 'string' },
    word: { type: 'string', format: 'password' },
    key: { type: 'string', writeOnly: true },
    account: { type: 'object', properties: { pin: { anyOf: [{ type: 'string', 'x-control': 'secret' }, { type: 'null' }] } } },
    others: { type: 'array', items: { type: 'object', properties: { word: { type: 'string', format: 'password' } } } },
  },
}
const SECRETS: JsonObject = { word: 'hush-1', key: 'hush-2', account: { pin: 'hush-3' }, others: [{ word: 'hush-4' }] }

/** The form without what is drawn of it. */
function open(): ReturnType<typeof useStartForm> {
  let form: ReturnType<typeof useStartForm> | undefined
  const task = { name: 'letters', parameter_schema: schema } as unknown as Task
  render(
    defineComponent(() => {
      form = useStartForm(task, { isFresh: false }, () => Date.now())
      return () => h('div')
    }),
  )
  return form!
}

/** All that this origin keeps in the browser, as text. */
function kept(): string {
  return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])
}

afterEach(() => sessionStorage.clear())

it('a draft is kept for its tab without what the schema calls secret', async () => {
  open().fill({ user: 'ada-7f3a', ...SECRETS })
  await expect.poll(kept).toContain('ada-7f3a')
  expect(kept()).not.toContain('hush')
  expect(open().parameters.value).toEqual({ user: 'ada-7f3a', account: {}, others: [{}] })
})
