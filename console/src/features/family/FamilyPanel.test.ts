import type { Child, Family } from '@headway/client/rest'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { config, render } from 'vitest-browser-vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { openWorld, refusal } from '../run-view/testing/world'
import FamilyPanel from './FamilyPanel.vue'

const nothing = { render: () => null }
const routes = [
  { path: '/runs', name: 'runs', component: nothing },
  { path: '/runs/:run', name: 'run', component: nothing },
]
beforeEach(() => {
  const router = createRouter({ history: createMemoryHistory(), routes })
  config.global.plugins = [...(config.global.plugins ?? []).slice(0, -1), router]
})
afterEach(() => vi.unstubAllGlobals())

const family = (more: Partial<Family> = {}): Family => ({
  total: 4,
  done: 3,
  states: { succeeded: 2, failed: 1, running: 1 },
  cells: 'sfsr',
  letters: { s: 'succeeded', f: 'failed', r: 'running' },
  errors: [{ code: 'exception', type: 'ValueError', message: 'sheet 7 is torn', count: 1, runs: ['run-torn-7'] }],
  is_every_error: true,
  before: [],
  ...more,
})

function panel(answer: () => Response, isOver: boolean, children?: Record<string, number>) {
  const world = openWorld('parent')
  const kids: Child[] = ['a', 'b', 'c', 'd'].map((name, place) => ({ place, id: `run-${name}`, name, state: 'succeeded' }))
  world.answering.first = ({ path }) => {
    if (path === '/runs/parent/family') return answer()
    return path === '/runs/parent/family/children' ? Response.json({ items: kids, next_cursor: null, total: null }) : null
  }
  return { world, screen: render(FamilyPanel, { props: { run: 'parent', children, isOver } }) }
}

it('tells counts by state, what went wrong, and whose they are', async () => {
  const { screen } = panel(() => Response.json(family()), false, { total: 4, done: 3.5, succeeded: 2, failed: 1, running: 1 })
  await expect.element(screen.getByText('3 of 4 ended')).toBeVisible()
  await expect.element(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '87')
  for (const chip of ['succeeded: 2', 'failed: 1', 'running: 1'])
    await expect.element(screen.getByRole('link', { name: chip })).toBeVisible()
  await expect.element(screen.getByText('ValueError: sheet 7 is torn')).toBeVisible()
  await expect.element(screen.getByRole('link', { name: /Run 1/ })).toHaveTextContent('…n-torn-7')
  await expect.element(screen.getByRole('slider')).toHaveAttribute('aria-valuemax', '4')
})

it('of a parent that has ended is what the server says now, not what its view said last', async () => {
  const now = family({ states: { succeeded: 3, failed: 1 }, cells: 'sfss', done: 4, is_every_error: false })
  const { screen } = panel(() => Response.json(now), true, { total: 4, done: 3, succeeded: 2, failed: 1, running: 1 })
  await expect.element(screen.getByText('4 of 4 ended')).toBeVisible()
  await expect.element(screen.getByRole('link', { name: /running/ })).not.toBeInTheDocument()
  await expect.element(screen.getByText('Only the first 1,000 that failed are grouped.')).toBeVisible()
})

it('says that it cannot be read, and is read when it is asked again', async () => {
  let isBroken = true
  const answer = () => (isBroken ? refusal(500, 'internal', 'The disk is full.') : Response.json(family()))
  const { screen } = panel(answer, false, { total: 4, succeeded: 2, failed: 1, running: 1 })
  await expect.element(screen.getByText('The disk is full.')).toBeVisible()
  isBroken = false
  await screen.getByRole('button', { name: /again/i }).click()
  await expect.element(screen.getByRole('slider')).toBeVisible()
  await expect.element(screen.getByText('The disk is full.')).not.toBeInTheDocument()
})

it('names the run that a retry goes on with, and how many children succeeded there', async () => {
  const before = [{ run: 'run-of-last-night', name: 'grade the school', succeeded: 38 }]
  const all = family({ total: 0, done: 0, states: {}, cells: '', errors: [], before })
  const { screen } = panel(() => Response.json(all), false)
  await expect.element(screen.getByText('It goes on with')).toHaveTextContent('(38 succeeded there)')
  await expect.element(screen.getByRole('link', { name: /grade the school/ })).toHaveAttribute('href', '/runs/run-of-last-night')
})
