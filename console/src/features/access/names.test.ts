import { expect, test } from 'vitest'

import { namesIn } from './names'

test.each([
  ['anna boris', ['anna', 'boris']],
  [' Anna,boris，carl、anna\n', ['anna', 'boris', 'carl']],
  ['', []],
  [' , ', []],
])('the names in %j are %j', (text, names) => {
  expect(namesIn(text)).toEqual(names)
})
