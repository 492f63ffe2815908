import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'

import { hearKeys, type Key, keyNames, offeredKeys, useKeys } from './keys'

let stop: () => void
let time = 0
const scopes: ReturnType<typeof effectScope>[] = []

function offer(keys: Key[]) {
  const scope = effectScope()
  scope.run(() => useKeys(keys))
  scopes.push(scope)
  return scope
}

function press(key: string, more: KeyboardEventInit = {}, target: Element = document.body) {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
}

beforeEach(() => {
  stop = hearKeys(window, () => time)
})
afterEach(() => {
  stop()
  for (const scope of scopes.splice(0)) scope.stop()
  document.body.replaceChildren()
})

test('a sequence is heard within a second, and not after', () => {
  const run = vi.fn()
  offer([{ keys: 'g r', does: 'runs', run }])
  press('g')
  press('r')
  expect(run).toHaveBeenCalledOnce()
  press('g')
  time += 1001
  press('r')
  expect(run).toHaveBeenCalledOnce()
})

test('a key may do something by itself and begin a sequence too', () => {
  const [top, runs] = [vi.fn(), vi.fn()]
  offer([
    { keys: 'g', does: 'top', run: top },
    { keys: 'g r', does: 'runs', run: runs },
  ])
  press('g')
  press('r')
  expect([top, runs].map((each) => each.mock.calls.length)).toEqual([1, 1])
})

test('never while typing, save with Ctrl; never under a dialog', () => {
  const [plain, palette] = [vi.fn(), vi.fn()]
  offer([
    { keys: 'c', does: 'cancel', run: plain },
    { keys: 'mod+k', does: 'palette', run: palette },
  ])
  const field = document.body.appendChild(document.createElement('input'))
  press('c', {}, field)
  press('k', { ctrlKey: true }, field)
  const dialog = document.body.appendChild(document.createElement('div'))
  dialog.setAttribute('role', 'dialog')
  press('c', {}, dialog.appendChild(document.createElement('button')))
  expect(plain).not.toHaveBeenCalled()
  expect(palette).toHaveBeenCalledOnce()
})

test('Enter belongs to the link that has the focus', () => {
  const run = vi.fn()
  offer([{ keys: 'Enter', does: 'open', run }])
  const link = document.body.appendChild(document.createElement('a'))
  link.href = '#'
  press('Enter', {}, link)
  expect(run).not.toHaveBeenCalled()
  press('Enter')
  expect(run).toHaveBeenCalledOnce()
})

test('what came last is heard, and goes with its component', () => {
  const [first, last] = [vi.fn(), vi.fn()]
  offer([{ keys: 'x', does: 'first', run: first }])
  const scope = offer([{ keys: 'x', does: 'last', run: last, when: () => true }])
  press('x')
  scope.stop()
  press('x')
  expect([first, last].map((each) => each.mock.calls.length)).toEqual([1, 1])
  expect(offeredKeys.value.map(({ does }) => does)).toEqual(['first'])
})

test('keys are named as they are printed', () => {
  expect(keyNames('g r')).toEqual(['g', 'r'])
  expect(keyNames('mod+k')).toEqual(['Ctrl', 'K'])
  expect(keyNames('?')).toEqual(['?'])
})
