import { describe, expect, test } from 'vitest'

import { STATES } from './states'
import { type Color, contrast, difference, inLab, mixed, parseHex, seenBy, sights } from './testing/colors'

const states = STATES.map((state) => state.replaceAll('_', '-'))
const levels = ['debug', 'info', 'warning', 'error', 'critical']

/** OKLab: 0.02 is what people just notice side by side; a badge also has its icon and its word. */
const leastDifference = 0.05

function token(name: string): Color {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  expect(text, `${name} is a token of styles.css`).toMatch(/^#[0-9a-f]{3,6}$/)
  return parseHex(text)
}

describe.each(['light', 'dark'])('colours of the %s theme', (theme) => {
  function withTheme<T>(read: () => T): T {
    document.documentElement.classList.toggle('dark', theme === 'dark')
    try {
      return read()
    } finally {
      document.documentElement.classList.remove('dark')
    }
  }

  test.each(sights)('13 states are told apart with %s sight', (sight) => {
    const colors = withTheme(() => states.map((state) => ({ state, seen: inLab(seenBy(sight, token(`--hw-state-${state}`))) })))
    for (const [index, one] of colors.entries()) {
      for (const other of colors.slice(index + 1)) {
        expect(difference(one.seen, other.seen), `${one.state} and ${other.state}`).toBeGreaterThanOrEqual(leastDifference)
      }
    }
  })

  test('states, levels and texts can be read on every ground, states on their soft ground too', () => {
    withTheme(() => {
      const grounds = ['--ui-bg', '--ui-bg-muted', '--ui-bg-elevated'].map(token)
      const inks = [
        ...states.map((state) => `--hw-state-${state}`),
        ...levels.map((level) => `--hw-level-${level}`),
        ...['--hw-live', '--hw-slow', '--hw-gone', '--ui-text-dimmed', '--ui-text-muted', '--ui-text-toned', '--ui-text'],
      ]
      const softness = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--hw-soft')) / 100
      for (const name of inks) {
        const ink = token(name)
        for (const ground of grounds) expect(contrast(ink, ground), name).toBeGreaterThanOrEqual(4.5)
        const soft = mixed(ink, grounds[0]!, softness)
        if (!name.startsWith('--ui')) expect(contrast(ink, soft), `${name} on its soft ground`).toBeGreaterThanOrEqual(4.5)
      }
    })
  })
})
