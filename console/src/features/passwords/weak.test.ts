import { expect, test } from 'vitest'

import { messages } from './messages'
import { missingIn, weaknessOf } from './weak'

const t = (key: string): string => key

test.each([
  ['', 15],
  ['tulips', 9],
  ['a'.repeat(14), 1],
  ['a'.repeat(15), 0],
  ['a'.repeat(400), 0],
  ['🌷'.repeat(14), 1],
  // A letter and its accent are one character, however the keyboard sends them.
  ['e\u0301'.repeat(14), 1],
])('of %j so many characters are missing: %i', (password, missing) => {
  expect(missingIn(password)).toBe(missing)
})

test.each([
  [{ code: 'weak_password', detail: 'x', said: { why: 'name' } }, 'weak.name'],
  [{ code: 'weak_password', detail: 'of tomorrow', said: { why: 'constructor' } }, 'of tomorrow'],
  [{ code: 'forbidden', detail: 'x', said: { why: 'name' } }, null],
])('what is wrong with a password: %j', (refusal, words) => {
  expect(weaknessOf(refusal, t)).toBe(words)
})

test('each reason has its words', () => {
  for (const why of Object.keys(messages.en.weak))
    expect(weaknessOf({ code: 'weak_password', detail: '', said: { why } }, t)).toBe(`weak.${why}`)
})
