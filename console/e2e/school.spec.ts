import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, HeadwayServer, test as base } from './fixtures'

/** A server that grades a school: the example, as it is. */
const test = base.extend<object, { server: HeadwayServer }>({
  server: [
    async ({}, use) => {
      const example = fileURLToPath(new URL('../../examples/grading', import.meta.url))
      const path = [example, process.env['PYTHONPATH']].filter(Boolean).join(delimiter)
      const server = await HeadwayServer.start({ tasks: ['grading.tasks'], env: { PYTHONPATH: path } })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})

interface Told {
  estimate: { left: { low: number; middle: number; high: number }; basis: string } | null
}

interface Doing {
  state: string
  view: { children?: { total: number; done: number } }
}

/** Each digit in 5 positions instead of 125: what is shown is the family, and a class takes a second. */
const SCHOOL = { classes: 40, at_once: 2, students: 1, reading: 'quick' }

test('forty classes are graded: their end is foretold, then a school is paused, goes on, and is cancelled', async ({
  signedIn: page,
  server,
}) => {
  test.setTimeout(400_000)
  // Looked at often: what is waited for is soon over.
  const patience = { timeout: 180_000, intervals: [250] }
  const doing = (run: string): Promise<Doing> => server.request('GET', `/runs/${run}`)
  const graded = async (run: string): Promise<number> => (await doing(run)).view.children?.done ?? 0
  const stateOf = async (run: string): Promise<string> => (await doing(run)).state

  // The worker is there when it has imported the example and what that needs.
  const isKnown = (): Promise<boolean> =>
    server.request('GET', '/tasks/grade_school').then(
      () => true,
      () => false,
    )
  await expect.poll(isKnown, patience).toBe(true)
  // Each process learns to read once, for longer than a class takes: those of two classes, and then one more, since a parent has one, too.
  // What is foretold below is the grading.
  const ended = (run: { id: string }) => expect.poll(() => stateOf(run.id), patience).toBe('succeeded')
  const alone = { students: 1, reading: 'quick' }
  await Promise.all([1, 2].map(async (seed) => ended(await server.start('grade_class', { ...alone, name: `warm ${seed}`, seed }))))
  await ended(await server.start('grade_school', { ...alone, classes: 6, at_once: 2 }))
  const first = await server.start('grade_school', SCHOOL)
  await page.goto(`/runs/${first.id}`)
  const family = page.getByRole('region', { name: 'Child runs' })
  await expect.poll(() => graded(first.id), patience).toBeGreaterThanOrEqual(20)
  const { estimate } = await server.request<Told>('GET', `/runs/${first.id}/estimate`)
  const asked = Date.now()
  await expect.poll(() => stateOf(first.id), patience).toBe('succeeded')
  const took = (Date.now() - asked) / 1000
  await expect(family).toContainText('40 of 40 ended')
  // One run proves no range (`python -m bench.insight.eta` does); that the end is foretold from real classes, nearly, is seen here.
  expect(estimate, 'half of the classes are graded').not.toBeNull()
  expect(estimate?.left.middle).toBeGreaterThan(took / 2)
  expect(estimate?.left.middle).toBeLessThan(took * 2 + 2)

  const second = await server.start('grade_school', { ...SCHOOL, seed: 1_000 })
  await page.goto(`/runs/${second.id}`)
  await expect.poll(() => graded(second.id), patience).toBeGreaterThanOrEqual(5)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect.poll(() => stateOf(second.id), patience).toBe('paused')
  await expect(family.locator('a[data-state=running]')).toHaveCount(0)
  const held = await graded(second.id)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.poll(() => graded(second.id), patience).toBeGreaterThan(held + 5)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel the run' }).click()
  await expect.poll(() => stateOf(second.id), patience).toBe('cancelled')
  await expect(family).toContainText('of 40 ended')
  const states = async (): Promise<string[]> => {
    const kids = await server.request<{ items: { state: string }[] }>('GET', `/runs?parent=${second.id}&limit=50`)
    return [...new Set(kids.items.map(({ state }) => state))].sort()
  }
  // A class that is being graded ends a moment after the school does.
  await expect.poll(states, patience).toEqual(['cancelled', 'succeeded'])
})
