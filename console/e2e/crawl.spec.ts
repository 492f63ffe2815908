/** Every link of every page leads somewhere, and no page complains on the console on the way. */
import type { Page } from '@playwright/test'

import { expect, test } from './fixtures'

/** Pages that are opened; more links than that to runs and tasks are of the same kind. */
const most = 45

test('a crawl follows every link', async ({ signedIn: page, server }) => {
  test.setTimeout(180_000)
  const runs = await Promise.all([
    server.start('quick'),
    server.start('failing'),
    server.start('quick', {}, { run_after: '2099-01-01T00:00:00Z' }),
    server.start('slow', { count: 50, pause: 0.01 }),
  ])
  const ended = new Set(['succeeded', 'failed', 'scheduled'])
  for (const { id } of runs) await expect.poll(async () => ended.has((await server.run(id)).state), { timeout: 30_000 }).toBe(true)

  const waiting = ['/']
  const seen = new Set(waiting)
  const kinds = new Set<string>()
  const dead: string[] = []
  while (waiting.length > 0) {
    const path = waiting.shift()!
    // Links between pages of the console stay within it; others (the API's own documentation) must at least answer.
    if (path.startsWith('/api/')) {
      const answer = await page.request.get(server.url + path)
      if (!answer.ok()) dead.push(`${path}: ${answer.status()}`)
      continue
    }
    await page.goto(path)
    await expect(page.getByRole('main')).toBeVisible()
    await expect(page.getByRole('heading', { level: 1 }), path).toBeVisible()
    if ((await page.getByTestId('nowhere').count()) > 0) dead.push(`${path}: leads nowhere`)
    kinds.add(kindOf(path))
    for (const link of await linksOf(page)) {
      if (seen.has(link) || seen.size >= most) continue
      seen.add(link)
      waiting.push(link)
    }
  }
  expect(dead).toEqual([])
  expect([...kinds].sort()).toEqual(
    expect.arrayContaining(['/', '/logs', '/monitor', '/queues', '/runs', '/runs/…', '/tasks', '/tasks/…', '/tasks/…/start', '/workers']),
  )
})

async function linksOf(page: Page): Promise<string[]> {
  // The list of runs and of tasks is there when it has links of its own.
  // A page that follows over HTTP is never idle: three seconds are enough for all that it links to.
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined)
  const links = await page.locator('a[href]').evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))
  const here = new URL(page.url())
  return links
    .map((link) => new URL(link))
    .filter((link) => link.origin === here.origin)
    .map((link) => link.pathname + link.search)
}

const kindOf = (path: string): string => path.replace(/\?.*/, '').replace(/^\/(runs|tasks)\/[^/]+/, '/$1/…')
