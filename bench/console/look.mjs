// The browser's side of bench/console/face.py: one question, answered as lines of JSON. Node with the console's own Playwright.
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(new URL('../../console/package.json', import.meta.url))
const { chromium } = require('playwright')

const wish = JSON.parse(process.argv[2])
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
const WINDOW = { width: 1440, height: 900 }
/** Browsers refresh sixty times a second; one frame more is a frame missed. */
const FRAME_MS = 1000 / 60

const say = (figure) => process.stdout.write(`${JSON.stringify(figure)}\n`)
const round = (number, digits = 1) => Math.round(number * 10 ** digits) / 10 ** digits

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

async function withPage(use, { port } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'headway-bench-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: wish.chromium,
    headless: true,
    viewport: WINDOW,
    args: [...FLAGS, ...(port ? [`--remote-debugging-port=${port}`] : [])],
  })
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    await page.goto(wish.link)
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    return await use(page, context)
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

const questions = {
  // The text itself says when it was written; the clock of this machine says when the page had it.
  async pixels(page) {
    await page.goto(`${wish.url}/runs/${wish.run}`)
    await page.locator('.log-text').first().waitFor()
    const ages = await page.evaluate(
      (seconds) =>
        new Promise((resolve) => {
          const seen = new Map()
          const began = performance.now()
          const look = () => {
            const now = performance.timeOrigin + performance.now()
            for (const text of document.querySelectorAll('.log-text')) {
              const mark = /mark=([0-9.]+)/.exec(text.textContent)?.[1]
              // What stood there before the page was opened is old by right.
              if (mark && !seen.has(mark)) seen.set(mark, performance.now() - began < 1000 ? null : now - Number(mark) * 1000)
            }
          }
          const observer = new MutationObserver(look)
          observer.observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })
          setTimeout(() => {
            observer.disconnect()
            resolve([...seen.values()].filter((age) => age !== null))
          }, seconds * 1000)
        }),
      wish.seconds,
    )
    const sorted = ages.sort((a, b) => a - b)
    say({ lines: sorted.length, p50_ms: round(quantile(sorted, 0.5)), p99_ms: round(quantile(sorted, 0.99)), max_ms: round(sorted.at(-1)) })
  },

  // From the click on a run in the list to its last line in the page, then a scroll through the log at full speed.
  async log(page) {
    const opened = []
    for (let number = 0; number < wish.tries; number += 1) {
      await page.goto(`${wish.url}/runs`)
      const link = page.locator(`a[href="/runs/${wish.run}"]`).first()
      await link.waitFor()
      opened.push(
        await link.evaluate(
          (element, text) =>
            new Promise((resolve) => {
              const began = performance.now()
              const observer = new MutationObserver(() => {
                const rows = document.querySelectorAll('.log-text')
                if ([...rows].some((row) => row.textContent.includes(text))) {
                  observer.disconnect()
                  requestAnimationFrame(() => resolve(performance.now() - began))
                }
              })
              observer.observe(document.body, { subtree: true, childList: true, characterData: true })
              element.click()
            }),
          `line ${wish.lines} of ${wish.lines}`,
        ),
      )
    }
    const [cold, ...warm] = opened
    warm.sort((a, b) => a - b)
    // Before they scroll, people look; and what the log was opened with is still being put away.
    await page.waitForTimeout(2500)
    // A wheel that turns as fast as it goes (100 pixels a frame), and a page held down: twenty new rows with every frame.
    const wheel = await scrolled(page, 100)
    const torn = await scrolled(page, 400)
    say({
      open_ms: round(quantile(warm, 0.5)),
      open_worst_ms: round(warm.at(-1)),
      open_first_ms: round(cold),
      frames_per_second: wheel.frames_per_second,
      late_frames_percent: wheel.late_frames_percent,
      torn_frames_per_second: torn.frames_per_second,
      torn_late_frames_percent: torn.late_frames_percent,
    })
  },

  async memory(page, context) {
    const devtools = await context.newCDPSession(page)
    const used = async () => {
      await devtools.send('HeapProfiler.collectGarbage')
      const { metrics } = await devtools.send('Performance.getMetrics')
      return metrics.find((metric) => metric.name === 'JSHeapUsedSize').value / 1e6
    }
    await devtools.send('Performance.enable')
    await page.goto(`${wish.url}/runs/${wish.run}`)
    await page.locator('.log-text').first().waitFor()
    await page.waitForTimeout(Math.min(60, wish.seconds / 4) * 1000)
    const first = await used()
    const readings = [first]
    const until = Date.now() + wish.seconds * 750
    while (Date.now() < until) {
      await page.waitForTimeout(Math.min(15, wish.seconds / 8) * 1000)
      readings.push(await used())
    }
    const last = await page.evaluate(() => Number([...document.querySelectorAll('.log-number')].at(-1)?.textContent ?? 0))
    say({
      first_mb: round(first),
      last_mb: round(readings.at(-1)),
      most_mb: round(Math.max(...readings)),
      growth_percent: round((100 * (readings.at(-1) - first)) / first),
      line_shown: last,
    })
  },

  async screens(page, context) {
    const paints = { runs: [], run: [] }
    for (let number = 0; number < wish.tries; number += 1) {
      for (const [name, path, sign] of [
        ['runs', '/runs', `a[href="/runs/${wish.run}"]`],
        ['run', `/runs/${wish.run}`, '.log-text'],
      ]) {
        const devtools = await context.newCDPSession(page)
        await devtools.send('Network.clearBrowserCache')
        await devtools.detach()
        await page.goto('about:blank')
        await page.goto(wish.url + path)
        await page.locator(sign).first().waitFor()
        paints[name].push(
          await page.evaluate(
            (sign) =>
              new Promise((resolve) => {
                const filled = performance.now()
                const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? filled
                resolve(document.querySelector(sign) ? { paint, filled } : null)
              }),
            sign,
          ),
        )
      }
    }
    const middle = (values) =>
      quantile(
        [...values].sort((a, b) => a - b),
        0.5,
      )
    const routes = []
    for (let number = 0; number < wish.tries + 1; number += 1) {
      await page.goto(`${wish.url}/runs`)
      await page.locator(`a[href="/runs/${wish.run}"]`).first().waitFor()
      // Nobody reads a list in no time. By then the pages that are gone to next have been fetched.
      await page.waitForTimeout(2500)
      const there = await change(page, `a[href="/runs/${wish.run}"]`, '.log-row')
      const back = await change(page, 'nav a[href="/runs"]', `a[href="/runs/${wish.run}"]`)
      if (number > 0) routes.push(there.title, back.title)
    }
    say({
      list_first_paint_ms: round(middle(paints.runs.map((one) => one.paint))),
      list_filled_ms: round(middle(paints.runs.map((one) => one.filled))),
      run_first_paint_ms: round(middle(paints.run.map((one) => one.paint))),
      run_filled_ms: round(middle(paints.run.map((one) => one.filled))),
      route_change_ms: round(middle(routes)),
      route_change_worst_ms: round(Math.max(...routes)),
    })
  },

  async lighthouse(page, context, port) {
    const { default: measure, desktopConfig } = await import(require.resolve('lighthouse'))
    for (const [name, path] of [
      ['list', '/runs'],
      ['run', `/runs/${wish.run}`],
    ]) {
      const told = await measure(wish.url + path, { port, disableStorageReset: true, logLevel: 'silent', output: 'json' }, desktopConfig)
      const scores = Object.fromEntries(
        Object.values(told.lhr.categories).map((category) => [category.id.replace('-', '_'), Math.round(category.score * 100)]),
      )
      const missed = Object.values(told.lhr.audits).filter(
        (audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative',
      )
      say({ page: name, ...scores, least: Math.min(...Object.values(scores)), missed: missed.map((audit) => audit.id).join(' ') })
    }
  },
}

/** Five seconds of scrolling the log upwards, so many pixels with every frame. */
async function scrolled(page, pixels) {
  const frames = await page.evaluate(async (pixels) => {
    const box = [...document.querySelectorAll('*')].find(
      (element) =>
        element.querySelector(':scope .log-row') &&
        getComputedStyle(element).overflowY !== 'visible' &&
        element.scrollHeight > element.clientHeight,
    )
    const times = []
    const began = performance.now()
    await new Promise((resolve) => {
      const step = (now) => {
        times.push(now)
        box.scrollTop -= pixels
        if (performance.now() - began < 5000) requestAnimationFrame(step)
        else resolve()
      }
      requestAnimationFrame(step)
    })
    return times.slice(1).map((time, index) => time - times[index])
  }, pixels)
  const seconds = frames.reduce((sum, frame) => sum + frame, 0) / 1000
  return {
    frames_per_second: round(frames.length / seconds),
    late_frames_percent: round((100 * frames.filter((frame) => frame > 1.5 * FRAME_MS).length) / frames.length),
  }
}

/** A change of page by a click: until its own heading or rows are in the document. */
function change(page, link, sign) {
  return page.evaluate(
    ([link, sign]) =>
      new Promise((resolve) => {
        const began = performance.now()
        let title = 0
        const before = document.querySelector('main')?.firstElementChild
        const observer = new MutationObserver(() => {
          if (!title && document.querySelector('main')?.firstElementChild !== before) title = performance.now() - began
          if (document.querySelector(sign)) {
            observer.disconnect()
            requestAnimationFrame(() => resolve({ title: title || performance.now() - began, filled: performance.now() - began }))
          }
        })
        observer.observe(document.body, { subtree: true, childList: true })
        document.querySelector(link).click()
      }),
    [link, sign],
  )
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const port = wish.question === 'lighthouse' ? await freePort() : undefined
await withPage((page, context) => questions[wish.question](page, context, port), { port })
