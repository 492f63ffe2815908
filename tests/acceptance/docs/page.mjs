// Runs a block of the docs where its reader would: in a page of the server, in a browser. Everything it logs is written, up to the end of the run.
import { existsSync, readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [code, there, run] = process.argv.slice(2)
const { url, token } = JSON.parse(readFileSync(there, 'utf8'))
const executablePath = process.env.HEADWAY_CHROMIUM ?? '/usr/bin/chromium'
const browser = await chromium.launch({ ...(existsSync(executablePath) ? { executablePath } : {}), args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  const ended = new Promise((resolve, reject) => {
    page.on('console', (said) => {
      console.log(said.text())
      if (said.text().startsWith('finished:')) resolve()
    })
    page.on('pageerror', reject)
    setTimeout(() => reject(new Error('the run did not come to its end')), 45_000).unref()
  })
  await page.goto(`${url}/api/docs`)
  await page.evaluate(([url, token, run]) => Object.assign(globalThis, { url, token, run }), [url, token, readFileSync(run, 'utf8').trim()])
  await page.evaluate(`(() => {${code}})()`)
  await ended
} finally {
  await browser.close()
}
