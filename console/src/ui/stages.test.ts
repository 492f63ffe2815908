import { expect, it, vi } from 'vitest'
import { render } from 'vitest-browser-vue'
import { defineComponent, h } from 'vue'

import { useStages } from './stages'

it('draws the parts of a page one after the other, and all of them', async () => {
  const drawn: number[] = []
  const Page = defineComponent(() => {
    const stage = useStages(3)
    return () => {
      drawn.push(stage.value)
      return h('p', `part ${stage.value}`)
    }
  })
  const screen = render(Page)
  await expect.element(screen.getByText('part 3')).toBeVisible()
  expect(drawn).toEqual([0, 1, 2, 3])
})

it('comes to an end in a tab that is not drawn, too', async () => {
  const frames = vi.spyOn(window, 'requestAnimationFrame').mockImplementation(() => 0)
  const seen: number[] = []
  const Page = defineComponent(() => {
    const stage = useStages(2)
    return () => {
      seen.push(stage.value)
      return h('p', `part ${stage.value}`)
    }
  })
  const screen = render(Page)
  await vi.waitFor(() => expect(seen.at(-1)).toBe(2), { timeout: 5_000 })
  screen.unmount()
  frames.mockRestore()
})
