import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { config, render } from 'vitest-browser-vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { openWorld, refusal } from '../run-view/testing/world'
import { workOnMatching } from './bulkActs'
import BulkDialog from './BulkDialog.vue'

const nothing = { render: () => null }
beforeEach(() => {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/runs/:run', name: 'run', component: nothing }] })
  config.global.plugins = [...(config.global.plugins ?? []).slice(0, -1), router]
})
afterEach(() => vi.unstubAllGlobals())

it('of runs that are run again goes on after a lost connection with the same step, and says who comes with a parent', async () => {
  const world = openWorld('any')
  const bodies: Record<string, unknown>[] = []
  world.answering.first = ({ path, body }) => {
    if (path !== '/runs/retries') return null
    bodies.push(body as Record<string, unknown>)
    if (bodies.length === 1) return refusal(503, 'store_unavailable', 'The connection is gone.')
    const skipped = [{ id: 'run-child', ancestor: 'run-parent' }]
    return Response.json({
      matched: 3,
      succeeded: 2,
      failed_count: 0,
      failed: [],
      skipped_count: 1,
      skipped,
      started: [],
      is_complete: true,
      next_cursor: null,
    })
  }
  const work = workOnMatching('retry', { states: ['failed'] }, 0, { total: 3, cursor: 'from-the-look' }, '')
  const screen = render(BulkDialog, { props: { kind: 'retry', total: 3, names: new Map([['run-child', 'class 7a']]), work } })

  await expect.element(screen.getByText('The connection is gone.')).toBeVisible()
  await screen.getByRole('button', { name: /again/i }).click()
  await expect.element(screen.getByText('2 done, 1 left as they are, 0 failed')).toBeVisible()
  await expect.element(screen.getByRole('link', { name: 'class 7a' })).toBeVisible()
  await expect.element(screen.getByText('runs again with its parent')).toBeVisible()
  expect(bodies).toEqual([1, 2].map(() => ({ limit: 500, cursor: 'from-the-look' })))
})
