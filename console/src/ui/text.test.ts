import { expect, it } from 'vitest'

import { boundedText } from './text'

it('shows what would turn or hide other text, and cuts what is long', () => {
  expect(boundedText('user\u202egpj.exe\u0000')).toBe('user⟨U+202E⟩gpj.exe␀')
  expect(boundedText('two\nlines\tand \u{1f600}')).toBe('two lines and \u{1f600}')
  expect(boundedText('x'.repeat(10_240), 5)).toBe('xxxxx…')
  expect(boundedText('ab\u{1f600}', 3)).toBe('ab…')
  expect(boundedText(undefined)).toBe('')
})
