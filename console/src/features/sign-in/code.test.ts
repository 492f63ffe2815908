import { expect, test } from 'vitest'

import { codeIn } from './code'

test.each([
  ['http://127.0.0.1:8765/sign-in#code=abcDEF_123-xyz', 'abcDEF_123-xyz'],
  ['  http://h/sign-in?to=/runs/1#code=abcDEF_123-xyz\n', 'abcDEF_123-xyz'],
  ['#code=abcDEF_123-xyz', 'abcDEF_123-xyz'],
  ['abcDEF_123-xyz', 'abcDEF_123-xyz'],
  ['', null],
  ['http://127.0.0.1:8765/sign-in', null],
  ['short', null],
  ['#code=%zz', null],
  ['<script>alert(1)</script>', null],
  ['x'.repeat(10_000), null],
])('the code in %j is %j', (text, code) => {
  expect(codeIn(text)).toBe(code)
})
