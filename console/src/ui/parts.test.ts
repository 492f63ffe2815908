import type { Status } from '@headway/client'
import { afterEach, expect, test, vi } from 'vitest'
import { render } from 'vitest-browser-vue'
import { h, ref } from 'vue'
import { page, userEvent } from 'vitest/browser'

import ActionMenu from './ActionMenu.vue'
import Ago from './Ago.vue'
import { asked, confirm } from './confirm'
import ConfirmDialog from './ConfirmDialog.vue'
import CopyButton from './CopyButton.vue'
import DateTime from './DateTime.vue'
import Duration from './Duration.vue'
import EmptyState from './EmptyState.vue'
import JsonTree from './JsonTree.vue'
import HeldButton from './HeldButton.vue'
import LevelChip from './LevelChip.vue'
import LiveBadge from './LiveBadge.vue'
import MiniBar from './MiniBar.vue'
import { nowKey } from './now'
import ProgressBar from './ProgressBar.vue'
import SearchBox from './SearchBox.vue'
import SkeletonLines from './SkeletonLines.vue'
import Sparkline from './Sparkline.vue'
import SplitPane from './SplitPane.vue'
import StateBadge from './StateBadge.vue'
import Trouble from './Trouble.vue'

afterEach(() => localStorage.clear())

const now = Date.parse('2026-11-22T09:30:00Z')
const clock = { global: { provide: { [nowKey as symbol]: ref(now) } } }

test('a bar tells its share, rate and time left, and what is counted', async () => {
  const screen = render(ProgressBar, {
    props: { name: 'grading', done: 620, total: 1000, unit: 'files', rate: 8.4, etaSeconds: 420, elapsedSeconds: 420 },
  })
  const bar = screen.getByRole('progressbar', { name: 'grading' })
  await expect.element(bar).toHaveAttribute('aria-valuenow', '62')
  await expect.element(bar).toHaveAttribute('aria-valuetext', '620 / 1,000 files')
  await expect.element(screen.getByText('8.4 files/s')).toBeVisible()
  await expect.element(screen.getByText(/min left/)).toBeVisible()
})

test('a bar of unknown length counts, and one that hears nothing says for how long', async () => {
  const screen = render(ProgressBar, { props: { done: 12, unit: 'rows', rate: 2, ageSeconds: 12 } })
  await expect.element(screen.getByRole('progressbar')).not.toHaveAttribute('aria-valuenow')
  await expect.element(screen.getByText('total unknown')).toBeVisible()
  await screen.rerender({ ageSeconds: 43 })
  await expect.element(screen.getByText('no update for 43 s')).toBeVisible()
  expect(screen.container.textContent).not.toContain('rows/s')
})

test('a row shows its percent, or its count', async () => {
  const screen = render(MiniBar, { props: { done: 3, total: 4 as number | undefined, unit: '', state: 'running' } })
  await expect.element(screen.getByText('75%')).toBeVisible()
  await screen.rerender({ total: undefined, unit: 'rows' })
  await expect.element(screen.getByText('3 rows')).toBeVisible()
})

test('a state is a word beside its shape; one that we do not know stays as it is', async () => {
  const screen = render(StateBadge, { props: { state: 'timed_out' } })
  await expect.element(screen.getByText('timed out')).toBeVisible()
  await screen.rerender({ state: 'hibernating' })
  await expect.element(screen.getByText('hibernating')).toBeVisible()
})

test('times tick by the clock that is given', async () => {
  await expect.element(render(Ago, { props: { at: '2026-11-22T09:26:40Z' }, ...clock }).getByText('3 min ago')).toBeVisible()
  await expect.element(render(Duration, { props: { from: '2026-11-22T09:28:55Z' }, ...clock }).getByText('1m 5s')).toBeVisible()
  await expect.element(render(DateTime, { props: { at: '2025-02-03T09:05:00Z' }, ...clock }).getByText(/2025/)).toBeVisible()
})

test.each([
  [{ code: 'unreachable' }, 'You are offline'],
  [{ code: 'forbidden', status: 403, detail: 'No.' }, 'You may not see this'],
  [{ code: 'run_not_found', status: 404, detail: 'No.' }, 'This is not here'],
  [{ code: 'bad_parameters', status: 422, detail: 'No.' }, 'This could not be done'],
  [{ code: 'internal', status: 500, detail: 'No.' }, 'The server made a mistake'],
])('trouble %j is told in plain words', async (problem, title) => {
  const onRetry = vi.fn()
  const screen = render(Trouble, { props: { problem: { ...problem, requestId: 'r-1' }, onRetry } })
  await expect.element(screen.getByRole('heading', { name: title })).toBeVisible()
  await screen.getByRole('button', { name: 'Try again' }).click()
  expect(onRetry).toHaveBeenCalledOnce()
})

test('JSON opens where it is asked to, a hundred children at a time, and shows what would turn other text', async () => {
  const value = { few: { a: 1 }, many: Array.from({ length: 240 }, (_, index) => index), turned: 'a\u202eb' }
  const screen = render(JsonTree, { props: { value } })
  await expect.element(screen.getByText('"a⟨U+202E⟩b"')).toBeVisible()
  await screen.getByRole('button', { name: 'many [' }).click()
  await expect.element(screen.getByRole('button', { name: 'Show 100 more' })).toBeVisible()
  const before = screen.container.querySelectorAll('li').length
  await screen.getByRole('button', { name: 'Show 100 more' }).click()
  await expect.poll(() => screen.container.querySelectorAll('li').length).toBe(before + 100)
  await expect.element(screen.getByRole('button', { name: 'Copy the path .few.a' })).toBeInTheDocument()
})

const status: Status = {
  phase: 'open',
  transport: 'websocket',
  node: 'n1',
  attempts: 0,
  retryAt: null,
  isTroubled: false,
  problem: null,
  lagMs: 84,
  latencyMs: 3,
  folded: 12,
  lostLines: 0,
  caughtUp: 7,
  degraded: [],
  since: 0,
}

test('the badge measures: live, slow, gone; open, it tells that nothing was lost, and connects again', async () => {
  const onReconnect = vi.fn()
  const screen = render(LiveBadge, { props: { status, onReconnect } })
  await screen.getByRole('button', { name: 'Live connection: live, 84 ms' }).click()
  await expect.element(screen.getByText('0 lines lost')).toBeVisible()
  await screen.getByRole('button', { name: 'Reconnect now' }).click()
  expect(onReconnect).toHaveBeenCalledOnce()
  await screen.rerender({ status: { ...status, transport: 'sse' } })
  await expect.element(screen.getByRole('button', { name: 'Live connection: live, 84 ms, event stream (SSE)' })).toBeVisible()
  await expect.element(screen.getByText(/WebSockets do not get through here/)).toBeInTheDocument()
  await screen.rerender({ status: { ...status, transport: 'poll', phase: 'waiting' } })
  await expect.element(screen.getByText(/get through here/)).not.toBeInTheDocument()
  await screen.rerender({ status: { ...status, lagMs: 1840 } })
  await expect.element(screen.getByText('slow').first()).toBeInTheDocument()
  await screen.rerender({ status: { ...status, phase: 'waiting', attempts: 6, isTroubled: true, problem: { code: 1006, why: 'cut' } } })
  await expect.element(screen.getByText('reconnecting').first()).toBeInTheDocument()
  await expect.element(screen.getByText(/goes on trying/)).toBeInTheDocument()
  await expect.element(screen.getByRole('button', { name: /^Live connection: reconnecting, \d+ s$/ })).toBeVisible()
  await expect.element(screen.getByText(/^What you see is \d+ s old\.$/)).toBeInTheDocument()
  await screen.rerender({ status })
  await expect.element(screen.getByText(/^What you see is/)).not.toBeInTheDocument()
})

test('a menu moves by arrows, does what is chosen, and leaves alone what cannot be done', async () => {
  const run = vi.fn()
  const never = vi.fn()
  const items = [
    [
      { label: 'Clone', run },
      { label: 'Retry', isDisabled: true, hint: 'not yet', run: never },
    ],
  ]
  const screen = render(ActionMenu, { props: { label: 'More', items } })
  await screen.getByRole('button', { name: 'More' }).click()
  await expect.element(screen.getByRole('menuitem', { name: 'Clone' })).toHaveFocus()
  await userEvent.keyboard('{ArrowDown}{Enter}')
  expect(never).not.toHaveBeenCalled()
  await userEvent.keyboard('{ArrowDown}{Enter}')
  expect(run).toHaveBeenCalledOnce()
})

test('a question is answered with a reason, or not at all', async () => {
  render(ConfirmDialog)
  const answer = confirm({ title: 'Cancel the run', action: 'Cancel it', reason: 'Reason' })
  await page.getByLabelText('Reason').fill('wrong class')
  await page.getByRole('button', { name: 'Cancel it' }).click()
  expect(await answer).toEqual({ reason: 'wrong class' })
  const other = confirm({ title: 'Delete the run', action: 'Delete it' })
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  expect(await other).toBeNull()
  expect(asked.value).toBeNull()
})

test('panes are resized by arrow keys, within bounds, and stay so', async () => {
  const slots = { first: () => h('p', 'one'), second: () => h('p', 'two') }
  const screen = render(SplitPane, { props: { name: 'test', usual: 50, least: 20 }, slots })
  const bar = screen.getByRole('separator')
  ;(bar.element() as HTMLElement).focus()
  await userEvent.keyboard('{ArrowLeft}')
  await expect.element(bar).toHaveAttribute('aria-valuenow', '48')
  await userEvent.keyboard('{Home}{ArrowLeft}')
  await expect.element(bar).toHaveAttribute('aria-valuenow', '20')
  expect(localStorage.getItem('headway.split.test')).toBe('20.0')
})

test('a search is emptied by Escape', async () => {
  const words = ref('old')
  const screen = render(SearchBox, { props: { modelValue: 'old', 'onUpdate:modelValue': (next: string) => (words.value = next) } })
  await screen.getByRole('textbox').click()
  await userEvent.keyboard('{Escape}')
  expect(words.value).toBe('')
})

test('a button that cannot be pressed says why to all, and does nothing', async () => {
  const press = vi.fn()
  const why = ref<string | null>('It has not ended.')
  const screen = render(() =>
    h(HeldButton, { why: why.value, icon: 'i-lucide-rotate-cw', size: 'sm', onPress: press }, { default: () => 'Retry' }),
  )
  const button = screen.getByRole('button', { name: 'Retry' })
  const reason = screen.getByRole('tooltip')
  await expect.element(button).toHaveAttribute('aria-disabled', 'true')
  await expect.element(button).toHaveAccessibleDescription('It has not ended.')
  const width = () => reason.element().getBoundingClientRect().width
  expect(width()).toBeLessThan(2)
  await userEvent.keyboard('{Tab}')
  await expect.element(button).toHaveFocus()
  await expect.poll(width).toBeGreaterThan(60)
  await userEvent.keyboard('{Enter}')
  expect(press).not.toHaveBeenCalled()
  await userEvent.keyboard('{Escape}')
  await expect.poll(width).toBeLessThan(2)
  await button.hover()
  await expect.poll(width).toBeGreaterThan(60)
  why.value = null
  await expect.element(reason).not.toBeInTheDocument()
  await button.click()
  expect(press).toHaveBeenCalledOnce()
})

test('small parts say what they are to those who hear the page', async () => {
  const toggle = vi.fn()
  const chip = render(LevelChip, { props: { level: 'error', label: 'errors', count: 1200, isPressed: true, onToggle: toggle } })
  await chip.getByRole('button', { name: /errors/, pressed: true }).click()
  expect(toggle).toHaveBeenCalledOnce()
  await expect
    .element(render(Sparkline, { props: { values: [1, 5, 2], label: 'marks' } }).getByRole('img', { name: /marks: 3 values, from 1 to 2/ }))
    .toBeVisible()
  await expect.element(render(SkeletonLines).getByRole('status', { name: 'Loading' })).toBeVisible()
  await expect
    .element(
      render(EmptyState, { props: { icon: 'i-lucide-activity', title: 'No runs yet', isPage: true } }).getByRole('heading', { level: 1 }),
    )
    .toBeVisible()
})

test('copying works without a clipboard, as over plain http', async () => {
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('no', 'NotAllowedError'))
  const command = vi.spyOn(document, 'execCommand').mockReturnValue(true)
  const screen = render(CopyButton, { props: { text: 'headway open' } })
  await screen.getByRole('button', { name: 'Copy' }).click()
  await expect.element(screen.getByText('Copied')).toBeInTheDocument()
  expect(command).toHaveBeenCalledWith('copy')
  write.mockRestore()
  command.mockRestore()
})
