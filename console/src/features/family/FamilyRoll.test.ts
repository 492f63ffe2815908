import { expect, it } from 'vitest'
import { render } from 'vitest-browser-vue'

import FamilyRoll from './FamilyRoll.vue'

it('stands in one line of a narrow cell, also where children failed', async () => {
  const cell = document.createElement('div')
  cell.style.width = '132px'
  document.body.append(cell)
  const children = { total: 8, done: 8, succeeded: 5, failed: 3 }
  const screen = render(FamilyRoll, { props: { children }, container: cell })
  await expect.element(screen.getByText('8/8')).toBeVisible()
  expect(cell.getBoundingClientRect().height).toBeLessThan(24)
})
