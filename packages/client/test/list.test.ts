import { describe, expect, it } from 'vitest'

import type { ListChange } from '../src/list_channel'
import type { Row } from '../src/types'
import { place } from './place'

function listing() {
  const at = place()
  const rows = new Map<string, Row>()
  const told: string[] = []
  const changes: ListChange[] = []
  const closed: string[] = []
  const subscription = at.live.list('default', {
    onRow: (run, row, seq) => {
      rows.set(run, row)
      told.push(`${run} ${seq}`)
    },
    onChanged: (change) => changes.push(change),
    onReset: () => told.push('reset'),
    onClosed: ({ code }) => closed.push(code),
  })
  return { ...at, rows, told, changes, closed, subscription }
}

describe('a live list', () => {
  it('has the counts at once, and the rows in view whole, then their changes once a frame', async () => {
    const { here, server, rows, told, changes, subscription } = listing()
    const run = server.run('a')
    server.run('b')
    await here.advance(50)
    expect(changes).toEqual([{ new: [], hasMoreNew: false, gone: [], states: { running: 2 } }])
    subscription.see(['a'])
    await here.advance(50)
    expect(rows.get('a')).toEqual(run.view)
    for (let done = 1; done <= 3; done++) {
      run.report({ kind: 'progress.reported', done })
      server.flush()
    }
    await here.advance(50)
    expect(told).toEqual(['a 3', 'a 6'])
    expect(rows.get('a')).toEqual(run.view)
  })

  it('says what came and what is gone', async () => {
    const { here, server, changes, subscription } = listing()
    server.run('a')
    await here.advance(50)
    server.run('c')
    server.announce('c')
    subscription.see(['a', 'unknown'])
    await here.advance(50)
    expect(changes.at(-2)).toMatchObject({ new: ['c'], gone: [], states: { running: 2 } })
    expect(changes.at(-1)).toMatchObject({ new: [], gone: ['unknown'] })
  })

  it('begins anew after a break, says so, and has its rows again', async () => {
    const { here, server, rows, told, subscription } = listing()
    const run = server.run('a')
    await here.advance(50)
    subscription.see(['a'])
    await here.advance(50)
    server.cut()
    run.log('meanwhile')
    await here.advance(5_000)
    expect(told).toContain('reset')
    expect(rows.get('a')).toEqual(run.view)
  })

  it('tells the server of a view that scrolls ten times a second, and of 200 rows at most', async () => {
    const { here, wire, subscription, server } = listing()
    for (let run = 0; run < 400; run++) server.run(`${run}`)
    await here.advance(50)
    for (let top = 0; top < 100; top++) {
      subscription.see(Array.from({ length: 250 }, (_, at) => `${top + at}`))
      await here.advance(10)
    }
    await here.advance(200)
    const said = wire.last.heard.filter((message) => message.type === 'rows')
    expect(said.length).toBeLessThanOrEqual(12)
    const inView = new Set<string>()
    for (const { add, remove } of said) {
      remove.forEach((run) => inView.delete(run))
      add.forEach((run) => inView.add(run))
      expect(inView.size).toBeLessThanOrEqual(200)
    }
    expect(inView).toEqual(new Set(Array.from({ length: 200 }, (_, at) => `${99 + at}`)))
  })

  it('shares one subscription, and tells each what it looks at', async () => {
    const { here, live, server, told, wire, subscription } = listing()
    server.run('a')
    const others: string[] = []
    const other = live.list('default', { onRow: (run) => others.push(run) })
    await here.advance(50)
    subscription.see(['a'])
    await here.advance(50)
    other.see(['a'])
    await here.advance(150)
    expect([told.length, others]).toEqual([1, ['a']])
    subscription.close()
    server.run('a').log('more')
    server.flush()
    await here.advance(150)
    expect([told.length, others]).toEqual([1, ['a', 'a']])
    expect(wire.last.heard.filter(({ type }) => type === 'subscribe')).toHaveLength(1)
    other.close()
    expect(wire.last.last('unsubscribe')).toMatchObject({ channel: 'runs:default' })
  })

  it('passes over what is old or of rows that nobody sees', async () => {
    const { here, rows, told, subscription, wire, server } = listing()
    server.run('a')
    await here.advance(50)
    server.faults.lose = () => true
    subscription.see(['a'])
    await here.advance(150)
    const row = (fields: object) => wire.last.say({ type: 'row', channel: 'runs:default', at: 'T', ...fields })
    row({ run: 'a', seq: 4, patch: { state: 'lost' } }) // before it came whole
    row({ run: 'a', seq: 5, whole: true, patch: { state: 'running', name: 'x' } })
    row({ run: 'a', seq: 5, patch: { state: 'lost' } })
    row({ run: 'b', seq: 9, whole: true, patch: { state: 'lost' } })
    await here.advance(50)
    row({ run: 'a', seq: 5, whole: true, patch: { state: 'running' } }) // it had not been read for a while
    await here.advance(50)
    expect(rows).toEqual(new Map([['a', { state: 'running' }]]))
    expect(told).toEqual(['a 5', 'a 5'])
  })

  it('asks again later for rows, or a list, that the server could not take just now', async () => {
    const { here, wire, server, subscription } = listing()
    await here.advance(50)
    subscription.see(['a'])
    const { id } = wire.last.last('rows') as { id: string }
    wire.last.say({ type: 'error', id, code: 'too_many_rows', temporary: true, message: '', at: 'T' })
    server.run('a')
    await here.advance(26_000)
    expect(wire.last.heard.filter(({ type }) => type === 'rows')).toHaveLength(2)
    const asked = wire.last.last('subscribe') as { id: string }
    wire.last.say({ type: 'error', id: asked.id, code: 'unavailable', temporary: true, message: '', at: 'T' })
    await here.advance(26_000)
    expect(wire.last.heard.filter(({ type }) => type === 'subscribe')).toHaveLength(2)
  })

  it('ends when it may not be seen, and the connection with it if there is nothing else', async () => {
    const { here, wire, closed, live, server } = listing()
    await here.advance(50)
    wire.last.say({ type: 'unsubscribed', id: 'older', channel: 'runs:default', why: '', code: 'asked', at: 'T' })
    const { id } = wire.last.last('subscribe') as { id: string }
    wire.last.say({ type: 'unsubscribed', id, channel: 'runs:default', why: 'taken away', code: 'forbidden', at: 'T' })
    await here.advance(50)
    expect(closed).toEqual(['forbidden'])
    server.cut()
    await here.advance(60_000)
    expect(live.status.phase).toBe('idle')
  })
})
