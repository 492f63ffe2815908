import { describe, expect, it } from 'vitest'

import { Live } from '../src/live'
import { FakeSurroundings } from '../src/testing'
import { Diary, place } from './place'

describe('over a reload', () => {
  function pages() {
    let kept: string | null = null
    const cursors = { read: () => kept, write: (cursor: string) => void (kept = cursor) }
    const at = place({ cursors, surroundings: new FakeSurroundings() })
    const { live: first, wire, here } = at
    const reload = () =>
      new Live({ url: 'wss://h/', getToken: () => Promise.resolve('good'), openSocket: wire.open, surroundings: here, cursors })
    return { ...at, first, reload }
  }

  it('it goes on after the last line that was told', async () => {
    const { here, first, server, reload } = pages()
    const run = server.run('a')
    run.log('before')
    const diary = new Diary()
    first.run('a', diary)
    await here.advance(50)
    here.change({ isVisible: false }) // the page is left
    first.close()
    here.change({ isVisible: true })
    run.log('between')
    reload().run('a', diary)
    await here.advance(50)
    expect(diary.lines).toEqual(run.entries)
    expect(diary.view).toEqual(run.view)
  })

  it('the end is not told twice, though the view is shown', async () => {
    const { here, first, server, reload } = pages()
    const run = server.run('a')
    const diary = new Diary()
    first.run('a', diary)
    run.finish()
    await here.advance(50)
    first.close()
    const again = new Diary()
    reload().run('a', again)
    await here.advance(50)
    expect([diary.ends.length, again.ends.length]).toEqual([1, 0])
    expect(again.view).toEqual(run.view)
  })

  it('whoever says where to begin, begins there, and is told the end', async () => {
    const { here, first, server, reload } = pages()
    const run = server.run('a')
    first.run('a', new Diary())
    run.finish()
    await here.advance(50)
    first.close()
    const again = new Diary()
    reload().run('a', again, { from: { tail: 1 } })
    await here.advance(50)
    expect(again.lines.map(({ line }) => line)).toEqual([run.line])
    expect(again.ends).toHaveLength(1)
  })
})
