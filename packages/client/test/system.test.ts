import { describe, expect, it } from 'vitest'

import type { Sample } from '../src/types'
import { place } from './place'

const sample = (name: string): Sample => ({
  kind: 'host',
  name,
  at: '2026-11-22T09:00:00.000Z',
  seconds: 30,
  levels: { cpu: 1 },
  counts: {},
  p50: {},
  p95: {},
})

describe('how the installation is doing', () => {
  it('is told to all who listen, and to nobody after the last has left', async () => {
    const { here, live, server } = place()
    const heard: string[][] = [[], []]
    const subscriptions = heard.map((names) => live.system({ onSamples: (samples) => names.push(...samples.map(({ name }) => name)) }))
    await here.advance(50)
    server.sample([sample('a')])
    await here.advance(50)
    expect(heard).toEqual([['a'], ['a']])
    subscriptions[0]?.close()
    server.sample([sample('b')])
    await here.advance(50)
    expect(heard).toEqual([['a'], ['a', 'b']])
    subscriptions[1]?.close()
    server.sample([sample('c')])
    await here.advance(50)
    expect(heard[1]).toEqual(['a', 'b'])
  })

  it('says when it may not be seen', async () => {
    const { here, live, server } = place()
    server.forbidden.add('system')
    const closed: string[] = []
    live.system({ onClosed: ({ code }) => closed.push(code) })
    await here.advance(50)
    expect(closed).toEqual(['forbidden'])
  })
})
