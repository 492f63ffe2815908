import { expect, test } from 'vitest'

import { readNote } from './note'

const hash = '0123456789abcdef'.repeat(4)

test('a note is a number and a hash, however it was copied', () => {
  expect(readNote(`12:${hash}`)).toEqual({ number: 12, hash })
  expect(readNote(` 12 : ${hash.toUpperCase()}\n`)).toEqual({ number: 12, hash })
  expect(readNote(`12:sha512:${hash}${hash}`)).toEqual({ number: 12, hash: `sha512:${hash}${hash}` })
  expect(readNote(`12:sha3-256:${hash}`)).toEqual({ number: 12, hash: `sha3-256:${hash}` })
})

test.each([
  ['12'],
  [hash],
  [`12:sha512:${hash}`],
  [`12:md5:${hash}`],
  [`0:${hash}`],
  [`12:${hash}0`],
  [`12:${hash.slice(1)}`],
  [`-1:${hash}`],
  ['12:zz'],
  [''],
])('%j is none', (text) => {
  expect(readNote(text)).toBeNull()
})
