import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { signOut } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  sessionStorage.clear()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  server.task('grade')
  server.run('class 7b')
})
afterEach(() => server.close())

describe('news that come late', () => {
  it('are said so in words as long as they do, in both languages', async () => {
    await open('/runs')
    await expect.element(page.getByRole('row', { name: /class 7b/ })).toBeVisible()
    const chip = page.getByText(/up to 5 s late|最多可能延迟 5 秒/).first()
    await expect.element(chip).not.toBeInTheDocument()
    server.live.degrade('bus_away')
    await expect.element(page.getByText('Live updates may be up to 5 s late').first()).toBeInTheDocument()
    await expect.element(page.getByTitle(/Redis does not answer.*Nothing is lost/)).toBeVisible()
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await expect.element(page.getByText('实时更新最多可能延迟 5 秒').first()).toBeInTheDocument()
    server.live.degrade('a_code_of_tomorrow', 30)
    await expect.element(page.getByText('实时更新最多可能延迟 30 秒').first()).toBeInTheDocument()
    server.live.degrade('a_code_of_tomorrow', null)
    server.live.degrade('bus_away', null)
    await expect.element(chip).not.toBeInTheDocument()
  })
})

describe('what stands around every page', () => {
  it('leads to pages by keys, and tells which keys there are', async () => {
    const router = await open('/runs')
    await expect.element(page.getByRole('row', { name: /class 7b/ })).toBeVisible()
    await userEvent.keyboard('gt')
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
    await userEvent.keyboard('?')
    const sheet = page.getByRole('dialog', { name: 'Keys' })
    await expect.element(sheet.getByText('Search tasks')).toBeVisible()
    await expect.element(sheet.getByRole('heading', { name: 'Everywhere' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(sheet).not.toBeInTheDocument()
  })

  it('finds pages, runs and tasks in the palette', async () => {
    const router = await open('/tasks')
    await page.getByRole('button', { name: /^Search/ }).click()
    const palette = page.getByRole('dialog', { name: 'Commands' })
    await palette.getByPlaceholder(/Go to a page/).fill('7b')
    await expect.poll(() => server.askedFor('GET', '/runs').some(({ query }) => query.get('q') === '7b')).toBe(true)
    await palette.getByRole('option', { name: /class 7b/ }).click()
    await expect.poll(() => router.currentRoute.value.params['run']).toBe('class 7b')
    await userEvent.keyboard('{Control>}k{/Control}')
    await palette.getByPlaceholder(/Go to a page/).fill('nothing like it')
    await expect.element(palette.getByText('Nothing fits these words')).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(palette).not.toBeInTheDocument()
  })

  it('is as a person wants it: language, theme, density', async () => {
    await open('/tasks')
    await page.getByRole('button', { name: 'Account and appearance' }).click()
    const menu = page.getByRole('dialog', { name: 'Account and appearance' })
    await expect.element(menu.getByText('ada')).toBeVisible()
    await menu.getByText('Dark').click()
    expect(settings.theme.value).toBe('dark')
    await menu.getByText('Compact').click()
    expect(settings.density.value).toBe('compact')
    await menu.getByText('中文').click()
    expect(settings.language.value).toBe('zh-CN')
    settings.theme.value = 'system'
    settings.density.value = 'comfortable'
  })

  it('can be narrow, and remembers it', async () => {
    await open('/tasks')
    await page.getByRole('button', { name: 'Make the menu narrow' }).click()
    await expect.element(page.getByRole('button', { name: 'Make the menu wide' })).toBeVisible()
    expect(localStorage.getItem('headway.sidebar')).toBe('narrow')
    await page.getByRole('button', { name: 'Make the menu wide' }).click()
    await expect.element(page.getByRole('button', { name: 'Make the menu narrow' })).toBeVisible()
  })

  it('says that a page is not there', async () => {
    await open('/nowhere/at/all')
    await expect.element(page.getByRole('heading', { name: 'No such page' })).toBeVisible()
    await expect.element(page.getByRole('link', { name: 'To the runs', exact: true })).toHaveAttribute('href', '/runs')
  })
})

describe('signing in', () => {
  beforeEach(async () => {
    await signOut()
    server.isSignedIn = false
  })

  it('is asked of who is not, who then goes on to where they wanted', async () => {
    const router = await open('/tasks')
    await expect.element(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    const field = page.getByRole('textbox', { name: 'Sign-in link or code' })
    await field.fill('???')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.element(page.getByText('There is no code in this. Paste the whole link as it was printed.')).toBeVisible()
    await field.fill('http://localhost/sign-in#code=used-code')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.element(page.getByText(/This link was used already/)).toBeVisible()
    await page.getByRole('button', { name: '中文' }).click()
    expect(settings.language.value).toBe('zh-CN')
    settings.language.value = 'en'
    server.isAway = true
    await field.fill('good-code')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.element(page.getByText(/The server cannot be reached/)).toBeVisible()
    server.isAway = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/tasks')
    await expect.element(page.getByRole('row', { name: /grade/ })).toBeVisible()
  })

  it('by a link needs nothing more, and its code does not stay in the address', async () => {
    const router = await open('/sign-in?to=/runs#code=good-code')
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/runs')
    await page.getByRole('button', { name: 'Account and appearance' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => router.currentRoute.value.path).toBe('/sign-in')
    expect(server.isSignedIn).toBe(false)
  })
})
