/** A network that keeps WebSockets out, and one that holds up streams as well: the run is followed all the same, and the page says how. */
import type { Page } from '@playwright/test'

import { expect, readLog, test as base } from './fixtures'

const test = base.extend({ allowedErrors: async ({}, use) => use([/Failed to load resource|WebSocket|ERR_FAILED/]) })
test.slow()

const header = (page: Page) => page.getByRole('main').locator('header').first()
const log = (page: Page) => page.getByRole('log', { name: 'Log of this run' })
const badge = (page: Page) => page.locator('[data-liveness]')

const SOCKET = /\/api\/v1\/live$/
const STREAM = /\/api\/v1\/live\/sse/
const ends = (text: string) => text.split('"type":"finished"').length - 1

/** How often the end was sent to the page by streams and polls. */
function countEnds(page: Page): () => Promise<number> {
  const bodies: Promise<string>[] = []
  page.on('response', (response) => {
    if (/\/live\/(sse|poll)/.test(response.url()) && response.ok()) bodies.push(response.text().catch(() => ''))
  })
  return async () => ends((await Promise.all(bodies)).join(''))
}

for (const { name, blocked, transport, words } of [
  { name: 'where WebSockets are cut, by a stream', blocked: false, transport: 'sse', words: 'event stream (SSE)' },
  { name: 'where streams are held up too, by polls', blocked: true, transport: 'poll', words: 'long polling' },
]) {
  test(`a run is followed to its end ${name}`, async ({ signedIn: page, server }) => {
    await page.routeWebSocket(SOCKET, (socket) => socket.close())
    // As a proxy does that waits for the whole answer: nothing comes.
    if (blocked) await page.route(STREAM, () => undefined)
    const countOfEnds = countEnds(page)
    const run = await server.start('slow', { count: 120 })
    await page.goto(`/runs/${run.id}`)
    await expect(badge(page)).toHaveAttribute('data-transport', transport, { timeout: 30_000 })
    await expect(badge(page)).toHaveAttribute('data-liveness', /live|slow/, { timeout: 30_000 })
    await expect(badge(page)).toHaveAccessibleName(new RegExp(`${words.replace(/[()]/g, '\\$&')}$`))
    await expect(log(page)).toContainText('counted 40')
    await expect(header(page).getByText('succeeded', { exact: true }), 'told live, on the page that was there').toBeVisible({
      timeout: 60_000,
    })

    const { last_line: last, view } = await server.request<{ last_line: number; view: { progress: { done: number } } }>(
      'GET',
      `/runs/${run.id}`,
    )
    expect(await readLog(page), 'every line, once, in order').toEqual(Array.from({ length: last }, (_, index) => index + 1))
    expect(view.progress.done).toBe(120)
    await badge(page).click()
    const panel = page.getByRole('dialog', { name: 'Live connection' })
    await expect(panel).toContainText('0 lines lost')
    await expect(panel).toContainText(words)
    await expect(panel).toContainText('get through here')
    await page.keyboard.press('Escape')
    if (transport === 'poll') expect(await countOfEnds(), 'the end is told once').toBe(1)
  })
}

test('a WebSocket that gets through again is taken again, and the run goes on over it', async ({ signedIn: page, server }) => {
  let isCut = true
  await page.routeWebSocket(SOCKET, (socket) => (isCut ? socket.close() : void socket.connectToServer()))
  const run = await server.start('slow', { count: 300 })
  await page.goto(`/runs/${run.id}`)
  await expect(badge(page)).toHaveAttribute('data-transport', 'sse', { timeout: 30_000 })
  isCut = false
  await expect(badge(page)).toHaveAttribute('data-transport', 'websocket', { timeout: 30_000 })
  await expect(header(page).getByText('succeeded', { exact: true })).toBeVisible({ timeout: 90_000 })
  const { last_line: last } = await server.request<{ last_line: number }>('GET', `/runs/${run.id}`)
  expect(await readLog(page), 'every line, once, in order').toEqual(Array.from({ length: last }, (_, index) => index + 1))
})

test('a list of runs is kept current by a stream, and by polls', async ({ signedIn: page, server }) => {
  await page.routeWebSocket(SOCKET, (socket) => socket.close())
  for (const transport of ['sse', 'poll']) {
    if (transport === 'poll') await page.route(STREAM, (route) => route.abort())
    await page.goto('/runs')
    await expect(badge(page)).toHaveAttribute('data-transport', transport, { timeout: 30_000 })
    await expect(badge(page)).toHaveAttribute('data-liveness', /live|slow/, { timeout: 30_000 })
    const run = await server.start('slow', { count: 60 }, { name: `seen by ${transport}` })
    const row = page.getByRole('row').filter({ hasText: `seen by ${transport}` })
    await expect(row, 'it came by itself').toContainText('running', { timeout: 30_000 })
    await expect(row).toContainText('succeeded', { timeout: 60_000 })
    expect((await server.run(run.id)).state).toBe('succeeded')
  }
})
