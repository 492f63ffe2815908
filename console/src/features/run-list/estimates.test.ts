import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, type FunctionalComponent, h, nextTick, ref, type Ref } from 'vue'

import { rest } from '@/live/rest'
import { knownKey } from '@/ui/now'

import { provideEstimates, useLeft } from './estimates'

const left = { low: 100, middle: 180, high: 300 }

describe('what is left of the runs in view', () => {
  let now: Ref<number>
  let active: Ref<string[]>

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    now = ref(1_000_000)
    active = ref(['a', 'b', 'c'])
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  function draw() {
    const Cell: FunctionalComponent<{ run: string }> = ({ run }) => {
      const found = useLeft(() => run).value
      return h('i', found === null ? '–' : [found.low, found.middle, found.high].join(' '))
    }
    Cell.props = ['run']
    const List = defineComponent({
      setup() {
        provideEstimates(
          () => active.value,
          () => now.value,
        )
        return () => ['a', 'b', 'c'].map((run) => h(Cell, { run, key: run }))
      },
    })
    const place = document.createElement('div')
    const app = createApp(List).provide(knownKey, now)
    app.mount(place)
    return { text: () => place.textContent, unmount: () => app.unmount() }
  }

  function answering() {
    const items = (['history', 'rate'] as const).map((basis, index) => ({
      run: ['a', 'b'][index] ?? '',
      estimate: { left, basis, slowness: 1, is_slower_than_usual: false },
    }))
    return vi.spyOn(rest, 'listEstimates').mockResolvedValue({ items, next_cursor: null, total: null })
  }

  it('is asked for all of them at once, and counted down between two answers', async () => {
    const asked = answering()
    const list = draw()
    await vi.advanceTimersByTimeAsync(200)
    await nextTick()
    expect(asked).toHaveBeenCalledTimes(1)
    expect(asked.mock.calls[0]?.[0]).toMatchObject({ query: { run: ['a', 'b', 'c'] } })
    expect(list.text()).toBe('100 180 300––') // of the pace alone the bar tells as much, and of the third nothing is known
    now.value += 120_000
    await nextTick()
    expect(list.text()).toBe('0 60 180––')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveBeenCalledTimes(2)
    list.unmount()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('is not asked for where nothing in view is executed', async () => {
    active.value = []
    const asked = answering()
    const list = draw()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked).not.toHaveBeenCalled()
    active.value = ['a']
    await vi.advanceTimersByTimeAsync(200)
    expect(asked).toHaveBeenCalledTimes(1)
    list.unmount()
  })
})
