/**
 * The whole way, as the README promises it to a newcomer: `make demo`, its link, a grading run that moves, another one from its form
 * that is cancelled, Chinese, dark, a server killed with -9 in the middle, every line after that, and the marks.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'

import { expect, picture, readLog, test } from './fixtures'
import { processesOf } from './server'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Demo {
  home: string
  make: ChildProcess
  link: string
}

interface Connection {
  url: string
  token: string
}

let demo: Demo | undefined

test.afterAll(async () => {
  if (!demo) return
  // The launcher ends server and worker in order; the demo itself, where it still shows the run, as by Ctrl-C.
  for (const pid of await processesOf(demo.home, 'demo')) process.kill(pid, 'SIGINT')
  for (const pid of await processesOf(demo.home, 'serve')) process.kill(pid, 'SIGTERM')
  await expect.poll(() => processesOf(demo!.home, 'headway'), { timeout: 20_000 }).toEqual([])
  await rm(demo.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

test('make demo, from its link to the final marks, with a server that is killed on the way', async ({ page, allowedErrors }) => {
  // The grading takes a minute on a machine of one's own, and many on one that is shared.
  test.setTimeout(600_000)
  // The server is away for a moment: that is the point.
  allowedErrors.push(/WebSocket connection to|ERR_CONNECTION_REFUSED|Failed to load resource/)

  demo = await startDemo()
  await page.goto(demo.link)
  // Of the whole address: that of the sign-in page names the run, too.
  await expect(page).toHaveURL(({ pathname }) => /^\/runs\/[0-9a-f-]{36}$/.test(pathname))
  const graded = new URL(page.url()).pathname
  await expect(page.getByRole('heading', { level: 1 })).toContainText('grade')
  const bar = page.getByRole('progressbar').first()
  const first = await moved(bar, 0)
  await moved(bar, first)
  await picture(page, 'journey-running')

  const other = await startAnother(page)
  expect(other).not.toBe(graded)
  await cancel(page)

  await page.getByRole('button', { name: '切换到中文' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await page.getByRole('button', { name: /账户|外观/ }).click()
  await page.getByText('深色', { exact: true }).click()
  await expect(page.locator('html')).toHaveClass(/dark/)
  await page.keyboard.press('Escape')

  // In full: a path alone would lead to the server that other tests share.
  await page.goto(new URL(graded, demo.link).href)
  const badge = page.locator('[data-liveness]')
  await expect(badge).toHaveAttribute('data-liveness', /live|slow/)
  const [server] = await processesOf(demo.home, 'server_process')
  process.kill(server!, 'SIGKILL')
  await expect(badge).toHaveAttribute('data-liveness', 'reconnecting')
  await expect(badge).toContainText('重新连接中')
  await expect(badge).toHaveAttribute('data-liveness', /live|slow/, { timeout: 30_000 })
  expect((await processesOf(demo.home, 'server_process'))[0]).not.toBe(server)

  const header = page.getByRole('main').locator('header').first()
  await expect(header.getByText('成功', { exact: true })).toBeVisible({ timeout: 400_000 })
  await badge.click()
  await expect(page.getByText('丢失 0 行')).toBeVisible()
  await page.keyboard.press('Escape')

  const run = await ask<{ last_line: number; state: string; attempt: number }>(demo.home, graded)
  expect([run.state, run.attempt], 'the same attempt went on').toEqual(['succeeded', 1])
  const lines = await readLog(page)
  expect(lines, 'every line, once, in order').toEqual(Array.from({ length: run.last_line }, (_, index) => index + 1))

  const marks = await ask<{ accuracy: number; students: number; mean_marks: number }>(demo.home, `${graded}/result`)
  await page.getByRole('tab', { name: '结果' }).click()
  const result = page.getByRole('tabpanel')
  await expect(result).toContainText('accuracy')
  await expect(result).toContainText(String(marks.students))
  await expect(result).toContainText(String(marks.mean_marks))
  await picture(page, 'journey-marks-zh-dark')
})

/** As a newcomer does it, from the checkout; the console is built already, so the link is there within seconds. */
async function startDemo(): Promise<Demo> {
  const home = await mkdtemp(join(tmpdir(), 'headway-journey-'))
  const make = spawn('make', ['demo', 'DEMO=--keep'], {
    cwd: root,
    env: { ...process.env, HEADWAY_HOME: home, HEADWAY_PORT: '0', LANG: 'C.UTF-8', MAKEFLAGS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  make.stdout.resume()
  for await (const line of createInterface({ input: make.stderr })) {
    said = `${said}\n${line}`.slice(-4000)
    const link = /http:\S+\/sign-in\S*#code=\S+/.exec(line)?.[0]
    if (link) {
      make.stderr.resume()
      return { home, make, link }
    }
  }
  throw new Error(`make demo printed no link: ${said}`)
}

/** Waits until the bar stands above `before` percent; where it stands then. */
async function moved(bar: ReturnType<Page['locator']>, before: number): Promise<number> {
  const percent = async () =>
    (100 * Number(await bar.getAttribute('aria-valuenow'))) / Number((await bar.getAttribute('aria-valuemax')) ?? 100)
  await expect.poll(percent, { timeout: 40_000 }).toBeGreaterThan(before)
  return percent()
}

async function startAnother(page: Page): Promise<string> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('main').getByRole('link', { name: /grade/ }).first().click()
  await page.getByRole('main').getByRole('link', { name: /Start/ }).first().click()
  await expect(page).toHaveURL(/\/start/)
  await page.getByRole('spinbutton', { name: /Seed/i }).or(page.getByLabel(/^Seed/)).first().fill('11')
  await page.getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/)
  return new URL(page.url()).pathname
}

async function cancel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click()
  await expect(page.getByRole('main').getByText('cancelled', { exact: true }).first()).toBeVisible({ timeout: 30_000 })
}

async function ask<T>(home: string, path: string): Promise<T> {
  const { url, token } = JSON.parse(await readFile(join(home, 'connection.json'), 'utf8')) as Connection
  const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}
