import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'

import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer } from './testing/server'

let server: ModelServer
beforeEach(() => {
  server = new ModelServer()
  localStorage.removeItem('headway.notices.closed')
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
})
afterEach(() => server.close())

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const bar = () => page.getByRole('region', { name: 'Notices' })

describe('what an administrator says', () => {
  it('stands above every page, and is closed by the keyboard, one after the other', async () => {
    server.live.notify('n-1', 'Maintenance at 18:00', { level: 'warning', by: 'root', expires_at: inHours(2) })
    const router = await open('/tasks')
    await expect.element(bar().getByText('Maintenance at 18:00')).toBeVisible()
    server.live.notify('n-2', 'The disk is full', { level: 'error', by: 'root', expires_at: inHours(2) })
    await expect.element(bar().getByText('The disk is full')).toBeVisible()
    await router.push('/queues')
    await expect.element(bar().getByText('Maintenance at 18:00')).toBeVisible()

    const first = bar().getByRole('button', { name: 'Close this notice: The disk is full' })
    first.element().focus()
    await userEvent.keyboard('{Enter}')
    await expect.element(bar().getByText('The disk is full')).not.toBeInTheDocument()
    await expect.element(bar().getByRole('button', { name: 'Close this notice: Maintenance at 18:00' })).toHaveFocus()
    await userEvent.keyboard('{Escape}')
    await expect.element(bar()).not.toBeInTheDocument()
    await expect.element(page.getByRole('main')).toHaveFocus()
  })

  it('stays closed for whoever closed it', async () => {
    server.live.notify('n-1', 'Seen already', { by: 'root', expires_at: inHours(2) })
    localStorage.setItem('headway.notices.closed', JSON.stringify(['n-1']))
    server.live.notify('n-2', 'New', { by: 'root', expires_at: inHours(2) })
    await open('/tasks')
    await expect.element(bar().getByText('New')).toBeVisible()
    await expect.element(bar().getByText('Seen already')).not.toBeInTheDocument()
  })

  it('goes when it is taken back', async () => {
    server.live.notify('n-1', 'Oops', { by: 'root', expires_at: inHours(2) })
    await open('/tasks')
    await expect.element(bar().getByText('Oops')).toBeVisible()
    server.live.notify('n-1', 'Oops')
    await expect.element(bar()).not.toBeInTheDocument()
  })

  it('is not shown when its time is over', async () => {
    server.live.notify('n-1', 'Yesterday', { by: 'root', expires_at: inHours(-1) })
    server.live.notify('n-2', 'Today', { by: 'root', expires_at: inHours(1) })
    await open('/tasks')
    await expect.element(bar().getByText('Today')).toBeVisible()
    await expect.element(bar().getByText('Yesterday')).not.toBeInTheDocument()
  })

  it('leaves room for the page, and says how many more there are, in both languages', async () => {
    for (let n = 1; n <= 5; n++) server.live.notify(`n-${n}`, `Notice ${n}`, { by: 'root', user: 'ada', expires_at: inHours(2) })
    await open('/tasks')
    await expect.element(bar().getByText('2 more notices')).toBeVisible()
    await expect.element(bar().getByText('Notice 5')).toBeVisible()
    await expect
      .element(
        bar()
          .getByText(/to you, from root/)
          .first(),
      )
      .toBeVisible()
    await expect.element(bar().getByText('Notice 2')).not.toBeInTheDocument()
    i18n.global.locale.value = 'zh-CN'
    await expect.element(page.getByRole('region', { name: '公告' }).getByText('还有 2 条公告')).toBeVisible()
  })
})
