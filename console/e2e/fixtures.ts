import { existsSync } from 'node:fs'
import AxeBuilder from '@axe-core/playwright'
import { type Browser, type BrowserContext, expect, type Page, test as base } from '@playwright/test'

import { HeadwayServer } from './server'

export { expect } from '@playwright/test'
export { HeadwayServer, type StartedRun } from './server'

export type Language = 'en' | 'zh-CN'
export type Theme = 'light' | 'dark'
export const looks: { language: Language; theme: Theme }[] = [
  { language: 'en', theme: 'light' },
  { language: 'en', theme: 'dark' },
  { language: 'zh-CN', theme: 'light' },
  { language: 'zh-CN', theme: 'dark' },
]

type Kept = Awaited<ReturnType<BrowserContext['storageState']>>

interface WorkerFixtures {
  /** One server a worker; tests share it, so they look for their own runs only. */
  server: HeadwayServer
  /** The cookies of one who signed in by a real link. */
  signedInState: Kept
}

interface TestFixtures {
  /** Errors on the console that this test expects, such as a server that is away; all others fail it. */
  allowedErrors: RegExp[]
  /** A page of one who is signed in, at no address yet: `signedIn.goto('/runs')`. */
  signedIn: Page
}

const chromium = process.env['HEADWAY_CHROMIUM'] ?? '/usr/bin/chromium'

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await HeadwayServer.start()
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
  signedInState: [
    async ({ browser, server }, use) => {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(await server.signInLink())
      await page.waitForURL((url) => url.pathname === '/')
      await use(await context.storageState())
      await context.close()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  allowedErrors: async ({}, use) => use([]),
  page: async ({ page, allowedErrors }, use) => {
    const errors = watchErrors(page)
    await use(page)
    expectNone(errors, allowedErrors)
  },
  signedIn: async ({ browser, baseURL, signedInState, allowedErrors, contextOptions, viewport, locale, timezoneId }, use) => {
    const context = await browser.newContext({ ...contextOptions, baseURL, viewport, locale, timezoneId, storageState: signedInState })
    const page = await context.newPage()
    const errors = watchErrors(page)
    await use(page)
    await context.close()
    expectNone(errors, allowedErrors)
  },
})

test.skip(!existsSync(chromium) && !process.env['CI'], `no browser at ${chromium}: install chromium, or name it in HEADWAY_CHROMIUM`)

/** What went wrong on the page: messages of the console, exceptions, and what the content security policy refused. */
function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`.trim())
  })
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  return errors
}

function expectNone(errors: string[], allowed: RegExp[]): void {
  const unexpected = errors.filter((error) => !allowed.some((pattern) => pattern.test(error)))
  expect(unexpected, 'errors on the console').toEqual([])
}

export const PASSWORD = 'tulips under a cold moon'

/** An account of its own for a test, with the role, in the project or in all; its name. */
export async function makeAccount(server: HeadwayServer, name: string, role?: string, project?: string): Promise<string> {
  await server.request('POST', '/accounts', { name, password: PASSWORD, ...(role && { role }), ...(project && { project }) })
  return name
}

/** A browser of their own, in which the owner of an account is signed in by password. */
export async function browserOf(browser: Browser, server: HeadwayServer, name: string, password = PASSWORD): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', timezoneId: 'UTC' })
  const answer = await context.request.post('/api/v1/sessions/by-password', {
    headers: { origin: server.url },
    data: { name, password },
  })
  expect(answer.status(), await answer.text()).toBe(201)
  return context.newPage()
}

/** Chooses language and theme before the page is loaded, as a person did on an earlier visit. */
export async function setLook(page: Page, { language, theme }: { language?: Language; theme?: Theme }): Promise<void> {
  await page.addInitScript(
    ([chosenLanguage, chosenTheme]) => {
      if (chosenLanguage) localStorage.setItem('headway.language', chosenLanguage)
      if (chosenTheme) localStorage.setItem('headway.theme', chosenTheme)
    },
    [language, theme],
  )
}

/** No violation of WCAG 2.2 AA, as far as a machine sees. */
export async function axeClean(page: Page, include?: string): Promise<void> {
  // Two copies of playwright-core differ in types, not in what they do.
  const builder = new AxeBuilder({ page: page as never }).withTags([
    'wcag2a',
    'wcag2aa',
    'wcag21a',
    'wcag21aa',
    'wcag22aa',
    'best-practice',
  ])
  const { violations } = await (include ? builder.include(include) : builder).analyze()
  const told = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.slice(0, 5).map((node) => `${node.html.slice(0, 200)} | ${node.failureSummary ?? ''}`),
  }))
  expect(told, 'axe').toEqual([])
}

/** Keeps a picture to be looked at: `pictures/<name>.png` beside the results. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${test.info().project.outputDir}/pictures/${name}.png`, animations: 'disabled' })
}

/** The numbers of all lines, read as a person would: from the first one on, a screen at a time. */
export async function readLog(page: Page): Promise<number[]> {
  const seen = new Set<number>()
  const box = page.getByRole('log')
  await box.focus()
  await page.keyboard.press('g')
  await page.keyboard.press('g')
  await expect(page.locator('.log-number').first()).toHaveText('1')
  for (;;) {
    // A turn of the page glides: what is read is what stands still.
    const { top, left } = await box.evaluate(async (element) => {
      const picture = () => new Promise((resolve) => requestAnimationFrame(resolve))
      for (let still = 0, before = -1; still < 4; still = element.scrollTop === before ? still + 1 : 0) {
        before = element.scrollTop
        await picture()
      }
      return { top: element.scrollTop, left: element.scrollHeight - element.clientHeight - element.scrollTop }
    })
    let shown: number[] = []
    const isInOrder = async () => {
      shown = (await page.locator('.log-row:has(.log-text:not(:empty)) .log-number').allTextContents()).map(Number)
      return shown.every((number, index) => index === 0 || number > (shown[index - 1] ?? number))
    }
    // A window that has just moved is put in order in the next picture.
    await expect.poll(isInOrder, `each line once, and in order: ${shown.join(' ')}`).toBe(true)
    for (const number of shown) seen.add(number)
    if (left <= 1) return [...seen].sort((a, b) => a - b)
    await page.keyboard.press('PageDown')
    await expect.poll(() => box.evaluate((element) => element.scrollTop)).toBeGreaterThan(top)
  }
}
