import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
})
afterEach(() => server.close())

describe('the page of the parts', () => {
  it('shows every part in both themes, with states in words', async () => {
    await open('/components')
    await expect.element(page.getByRole('heading', { name: 'Components', level: 1 })).toBeVisible()
    for (const theme of ['Light', 'Dark']) await expect.element(page.getByRole('heading', { name: theme, exact: true })).toBeVisible()
    for (const state of ['running', 'succeeded', 'timed out', 'lost'])
      expect(page.getByText(state, { exact: true }).elements().length).toBeGreaterThanOrEqual(4)
    const bars = page.getByRole('progressbar').elements()
    expect(bars.length).toBeGreaterThan(12)
    expect(bars[0]?.getAttribute('aria-valuenow')).toBe('62')
  })

  it('speaks Chinese as well, and nothing of it stays English', async () => {
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await open('/components')
    await expect.element(page.getByRole('heading', { name: '组件', level: 1 })).toBeVisible()
    await expect.element(page.getByText('运行中').first()).toBeVisible()
    expect(page.getByText('running', { exact: true }).elements()).toEqual([])
  })

  it('asks before what cannot be undone, and says what was done', async () => {
    await open('/components')
    await page.getByRole('button', { name: 'Ask first' }).first().click()
    const question = page.getByRole('dialog', { name: 'Cancel the run' })
    await question.getByRole('textbox', { name: /Reason/ }).fill('wrong class')
    await question.getByRole('button', { name: 'Cancel the run' }).click()
    await expect.element(page.getByText('wrong class').first()).toBeVisible()
    await expect.element(question).not.toBeInTheDocument()
  })

  it('has menus that tell what cannot be done now and why', async () => {
    await open('/components')
    await page.getByRole('button', { name: 'More' }).first().click()
    await expect.element(page.getByRole('menuitem', { name: /Retry/ })).toHaveAttribute('aria-disabled', 'true')
    await expect.element(page.getByRole('menuitem', { name: /It has not ended yet/ })).toBeVisible()
    await page.getByRole('menuitemcheckbox', { name: 'Wide rows' }).click()
    await page.getByRole('button', { name: 'More' }).first().click()
    await expect.element(page.getByRole('menuitemcheckbox', { name: 'Wide rows' })).toHaveAttribute('aria-checked', 'false')
  })
})
