import { expect, test } from 'vitest'
import { nextTick } from 'vue'

import { followSettings, preferredLanguage, settings } from './settings'
import { isFinalState, stateColor, stateIcon } from './states'
import { sparkPath } from './sparkline'

test.each([
  [['zh-Hant-TW', 'en'], 'zh-CN'],
  [['de', 'en-GB'], 'en'],
  [['zh'], 'zh-CN'],
  [[], 'en'],
  [['fr'], 'en'],
])('of %j we speak %s', (tags, language) => {
  expect(preferredLanguage(tags)).toBe(language)
})

test('the page follows what is chosen, and the choice is kept', async () => {
  const root = document.createElement('html')
  followSettings(root)
  settings.theme.value = 'dark'
  settings.density.value = 'compact'
  settings.language.value = 'zh-CN'
  await nextTick()
  expect([root.classList.contains('dark'), root.dataset['density'], root.lang]).toEqual([true, 'compact', 'zh-CN'])
  expect(['theme', 'density', 'language'].map((name) => localStorage.getItem(`headway.${name}`))).toEqual(['dark', 'compact', 'zh-CN'])
  settings.theme.value = 'light'
  settings.density.value = 'comfortable'
  settings.language.value = 'en'
  await nextTick()
  expect(root.classList.contains('dark')).toBe(false)
})

test('a state that we do not know is grey, has a shape, and is not final', () => {
  expect([stateColor('hibernating'), stateIcon('hibernating'), isFinalState('hibernating')]).toEqual([
    'var(--ui-text-muted)',
    'i-lucide-circle-question-mark',
    false,
  ])
})

test('a line breaks at what is no number', () => {
  expect(sparkPath([0, Number.NaN, 2], 10, 4)).toBe('M0.0 4.0M10.0 0.0')
  expect(sparkPath([3, 3], 10, 4)).toBe('M0.0 2.0L10.0 2.0')
  expect(sparkPath([], 10, 4)).toBe('')
})
