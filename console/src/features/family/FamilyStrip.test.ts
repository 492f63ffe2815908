import { expect, it, vi } from 'vitest'
import { render } from 'vitest-browser-vue'
import { userEvent } from 'vitest/browser'
import { h } from 'vue'

import FamilyStrip from './FamilyStrip.vue'

const NAMES = { s: 'succeeded', f: 'failed', q: 'queued' }

/** As wide as the page of a run. */
function strip(letters: string) {
  const opened = vi.fn()
  const childOf = (place: number) => ({ place, id: `run-${String(place)}`, name: `sheet ${String(place)}`, state: 'succeeded' as const })
  const meet = vi.fn((place: number) => Promise.resolve(childOf(place)))
  const props = { letters, names: NAMES, childAt: childOf, meet, onOpen: opened }
  const screen = render({ render: () => h('div', { style: 'width: 1200px' }, h(FamilyStrip, props)) })
  return { screen, slider: screen.getByRole('slider'), opened, meet }
}

it('is a few shapes for ten thousand children', async () => {
  const { screen, slider } = strip('s'.repeat(6_000) + 'f' + 's'.repeat(999) + 'q'.repeat(3_000))
  await expect.element(slider).toHaveAttribute('aria-valuemax', '10000')
  await expect.poll(() => screen.container.querySelectorAll('path').length).toBe(3)
  expect(screen.container.querySelectorAll('svg *').length).toBeLessThanOrEqual(4)
  expect(screen.container.querySelector('svg')?.getBoundingClientRect().height).toBe(64)
})

it('is gone through by the keyboard, says what shares a cell, and opens who gives it its state', async () => {
  const { slider, opened } = strip('sssssssfsss' + 's'.repeat(9_989))
  await expect
    .element(slider)
    .toHaveAttribute('aria-valuetext', '8 of 10,000: sheet 7, failed · 11 in this cell: failed: 1 · succeeded: 10')
  ;(slider.element() as HTMLElement).focus()
  await userEvent.keyboard('{Enter}')
  await expect.poll(() => opened.mock.calls).toEqual([['run-7']])
  await userEvent.keyboard('{ArrowDown}')
  await expect.element(slider).toHaveAttribute('aria-valuenow', String(240 * 11 + 1))
  await userEvent.keyboard('{End}')
  await expect.element(slider).toHaveAttribute('aria-valuenow', String(9_999 - (9_999 % 11) + 1))
  await userEvent.keyboard('{ArrowRight}')
  await expect.element(slider).toHaveAttribute('aria-valuenow', String(9_999 - (9_999 % 11) + 1))
})

it('of few has a cell for each, and asks who it is only where the pointer rests', async () => {
  const { screen, slider, meet, opened } = strip('ssf')
  // Laid out once its width is known.
  await expect.poll(() => screen.container.querySelector('path[data-state=failed]')?.getAttribute('d')).toMatch(/^M52 0/)
  const box = slider.element().getBoundingClientRect()
  for (const x of [5, 31, 57])
    slider.element().dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + x, clientY: box.top + 5, bubbles: true }))
  await expect.element(screen.getByText('3 of 3: sheet 2, failed', { exact: true })).toBeVisible()
  await expect.poll(() => meet.mock.calls).toEqual([[2]])
  ;(slider.element() as HTMLElement).click()
  await expect.poll(() => opened.mock.calls).toEqual([['run-2']])
})
