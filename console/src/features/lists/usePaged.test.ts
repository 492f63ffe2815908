import { Problem } from '@headway/client/rest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'

import { usePaged } from './usePaged'

let scope = effectScope()
afterEach(() => scope.stop())

/** Lists of numbers, two a page, by the name of a question; each read is noted, and can be held back. */
function reading(lists: Record<string, number>) {
  const [question, reads] = [ref(Object.keys(lists)[0] ?? ''), [] as string[]]
  const server: { error: Error | null; gate: Promise<undefined> | null } = { error: null, gate: null }
  scope = effectScope()
  const list = scope.run(() =>
    usePaged(async (cursor) => {
      const of = question.value
      reads.push(`${of}${cursor ?? ''}`)
      await server.gate
      if (server.error) throw server.error
      const from = Number(cursor ?? 0)
      const end = Math.min(from + 2, lists[of] ?? 0)
      const items = Array.from({ length: end - from }, (_, index) => from + index)
      return { items, next_cursor: end < (lists[of] ?? 0) ? String(end) : null }
    }),
  )!
  return { list, question, reads, server, lists }
}

describe('a list that is read page by page', () => {
  it('shows the first page, and as many more as somebody wants', async () => {
    const { list, reads } = reading({ a: 5 })
    expect(list.items.value).toBeNull()
    await vi.waitFor(() => expect(list.items.value).toEqual([0, 1]))
    expect(list.hasMore.value).toBe(true)
    await list.readOn()
    await list.readOn()
    expect(list.items.value).toEqual([0, 1, 2, 3, 4])
    expect(list.hasMore.value).toBe(false)
    await list.readOn()
    expect(reads).toEqual(['a', 'a2', 'a4'])
  })

  it('is read again as far as it is shown, ten pages at most, and no page more than there is', async () => {
    const { list, reads, lists } = reading({ a: 24 })
    await vi.waitFor(() => expect(list.items.value).not.toBeNull())
    for (let count = 0; count < 11; count++) await list.readOn()
    expect(list.items.value).toHaveLength(24)
    reads.length = 0
    await list.reload()
    expect(reads).toHaveLength(10)
    expect(list.items.value).toHaveLength(20)
    expect(list.hasMore.value).toBe(true)
    lists['a'] = 1
    reads.length = 0
    await list.reload()
    expect(reads).toEqual(['a'])
    expect(list.items.value).toEqual([0])
  })

  it('begins anew with another question: its first page alone, and what still comes of the one before is left out', async () => {
    const { list, question, reads, server } = reading({ a: 6, b: 9 })
    await vi.waitFor(() => expect(list.items.value).not.toBeNull())
    await list.readOn()
    let release = (): void => undefined
    server.gate = new Promise((resolve) => (release = () => resolve(undefined)))
    const late = list.readOn()
    server.gate = null
    reads.length = 0
    question.value = 'b'
    await vi.waitFor(() => expect(reads).toEqual(['b']))
    await vi.waitFor(() => expect(list.isLoading.value).toBe(false))
    expect(list.items.value).toEqual([0, 1])
    release()
    await late
    expect(list.items.value).toEqual([0, 1])
  })

  it('keeps what is shown when the next page cannot be had, and says why until it can', async () => {
    const { list, server } = reading({ a: 3 })
    await vi.waitFor(() => expect(list.items.value).not.toBeNull())
    server.error = new Problem(403, { code: 'forbidden', detail: 'no' })
    await list.readOn()
    expect(list.items.value).toEqual([0, 1])
    expect(list.problem.value).not.toBeNull()
    server.error = null
    await list.readOn()
    expect(list.items.value).toEqual([0, 1, 2])
    expect(list.problem.value).toBeNull()
  })
})
