import { describe, expect, it } from 'vitest'

import type { Transport } from '../src/choice'
import { place } from './place'

const ways: Transport[] = ['websocket', 'sse', 'poll']

describe.each(ways)('what a person is told, by %s', (transport) => {
  it('comes at first as far as it is valid, then as it is given, and is taken back', async () => {
    const { here, live, server } = place({ transports: [transport] })
    server.notify('a', 'before')
    const heard: string[] = []
    const subscription = live.user('ada', { onNotice: ({ kind, title, notice }) => heard.push(`${kind} ${notice} ${title}`) })
    await here.advance(1_000)
    server.notify('b', 'now')
    await here.advance(1_000)
    server.notify('b', 'now')
    await here.advance(1_000)
    expect(heard).toEqual(['message a before', 'message b now', 'withdrawn b now'])
    subscription.close()
    server.notify('c', 'late')
    await here.advance(1_000)
    expect(heard).toHaveLength(3)
    live.close()
  })

  it('says when it may not be heard', async () => {
    const { here, live, server } = place({ transports: [transport] })
    server.forbidden.add('user:bob')
    const closed: string[] = []
    live.user('bob', { onClosed: ({ code }) => closed.push(code) })
    await here.advance(1_000)
    expect(closed).toEqual(['forbidden'])
    live.close()
  })

  it('is asked for again after a break, and the same notice has the same id', async () => {
    const { here, live, server } = place({ transports: [transport] })
    const heard = new Set<string>()
    live.user('ada', { onNotice: ({ notice }) => heard.add(notice ?? '') })
    server.notify('a', 'before')
    await here.advance(1_000)
    server.cut()
    server.notify('b', 'while away')
    await here.advance(30_000)
    expect([...heard]).toEqual(['a', 'b'])
    live.close()
  })
})

it('by polls waits for the next notice, and is not asked for in a hurry', async () => {
  const { here, live, http } = place({ transports: ['poll'] })
  live.user('ada', {})
  await here.advance(20_000)
  expect(http.requests.filter((path) => path.startsWith('/live/poll')).length).toBeLessThan(5)
  live.close()
})

it('does not take what is said to all for what is told to one', async () => {
  const { here, live, server, wire } = place()
  const heard: unknown[] = []
  live.user('ada', { onNotice: (notice) => heard.push(notice) })
  await here.advance(1_000)
  wire.sockets.at(-1)?.say({ type: 'notice', at: '2026-11-22T09:00:00.000Z', kind: 'draining', title: 'The server restarts.' })
  await here.advance(1_000)
  expect(heard).toEqual([])
  expect(server.viewerCount).toBe(1)
  live.close()
})
