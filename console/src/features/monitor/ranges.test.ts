import { expect, it } from 'vitest'

import { rangeOf, tabOf } from './ranges'

it('reads the address, and what is unknown there is the usual', () => {
  expect([rangeOf('7d'), rangeOf('2w'), rangeOf(undefined), tabOf('apis'), tabOf(['apis'])]).toEqual(['7d', '1h', '1h', 'apis', 'system'])
})
