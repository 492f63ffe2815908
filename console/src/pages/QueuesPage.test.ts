import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { getToken } from '@/live/session'
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

/** The session outlasts a test: it learns what holds now with a new token. */
async function hold(...permissions: string[]) {
  server.permissions = permissions
  await getToken({ isRefused: true })
}

describe('the queues', () => {
  it('are paused and limited by whoever holds the permission, whatever their role is', async () => {
    await hold('system:read', 'queue:manage')
    await open('/queues')
    await expect.element(page.getByRole('row', { name: /default/ })).toBeVisible()
    await expect.element(page.getByRole('button', { name: /Pause default/ })).not.toHaveAttribute('aria-disabled', 'true')
    await expect.element(page.getByText(/queue:manage/)).not.toBeInTheDocument()
  })

  it('are for others to look at, and say which permission is lacking', async () => {
    await hold('system:read')
    await open('/queues')
    await expect.element(page.getByText('You lack the permission to pause and limit queues (queue:manage).').first()).toBeVisible()
    await expect.element(page.getByRole('button', { name: /Pause default/ })).toHaveAttribute('aria-disabled', 'true')
  })
})
