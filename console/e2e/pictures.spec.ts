/** The pictures of the README, drawn from the real thing: `HEADWAY_PICTURES=1 npm run e2e -w console -- e2e/pictures.spec.ts` writes docs/images. */
import { fileURLToPath } from 'node:url'

import { expect, HeadwayServer, type Language, setLook, test, type Theme } from './fixtures'

const root = fileURLToPath(new URL('../..', import.meta.url))
const shown: { language: Language; theme: Theme }[] = [
  { language: 'en', theme: 'light' },
  { language: 'zh-CN', theme: 'dark' },
]

test.skip(!process.env['HEADWAY_PICTURES'], 'draws pictures, and asserts nothing about the console')

test('the pictures of the README', async ({ browser }) => {
  test.setTimeout(300_000)
  const server = await HeadwayServer.start({
    tasks: ['grading.tasks', `${root}console/e2e/tasks.py`],
    env: { PYTHONPATH: `${root}examples/grading` },
  })
  try {
    const names = async () => (await server.request<{ items: { name: string }[] }>('GET', '/tasks')).items.map(({ name }) => name)
    await expect.poll(names, { timeout: 60_000 }).toContain('grade')
    for (const seed of [1, 2, 3])
      await server.start('grade', { size: 'small', seed }, { name: `Class 7${'abc'[seed - 1]}, mathematics`, tags: ['exam'] })
    await server.start('failing', {}, { name: 'Nightly import', tags: ['import'] })
    await expect
      .poll(
        async () =>
          (await server.request<{ items: { state: string }[] }>('GET', '/runs')).items.every((run) => /succeeded|failed/.test(run.state)),
        { timeout: 120_000 },
      )
      .toBe(true)
    await server.start('quick', {}, { name: 'Weekly report', run_after: '2099-01-01T00:00:00Z' })
    const run = await server.start('grade', { seed: 11 }, { name: 'Class 9b, mathematics', tags: ['exam', 'final'] })
    for (const look of shown) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5 })
      await setLook(page, look)
      const save = (name: string) => page.screenshot({ path: `${root}docs/images/${name}.${look.language}.png`, animations: 'disabled' })
      await page.goto(await server.signInLink())
      await page.waitForURL((url) => url.pathname === '/')
      await page.goto(`${server.url}/runs/${run.id}?tab=metrics`)
      await expect
        .poll(async () => Number(await page.getByRole('progressbar').first().getAttribute('aria-valuenow')), { timeout: 60_000 })
        .toBeGreaterThan(look.theme === 'light' ? 8 : 12)
      await expect(page.getByRole('tabpanel').locator('canvas').first()).toBeVisible()
      await save('run')
      await page.goto(`${server.url}/runs`)
      await expect(page.getByRole('link', { name: 'Class 9b' })).toBeVisible()
      await save('runs')
      await page.goto(`${server.url}/tasks/grade/start`)
      await expect(page.getByRole('spinbutton').or(page.getByRole('textbox')).first()).toBeVisible()
      await save('start')
      await page.close()
    }
  } finally {
    await server.stop()
  }
})
