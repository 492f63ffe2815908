import { describe, expect, it } from 'vitest'

import type { Transport } from '../src/choice'
import { place } from './place'

const ways: Transport[] = ['websocket', 'sse', 'poll']
const RUN = 'run:0198c0de-0000-7000-8000-000000000001'

describe.each(ways)('what a server says is degraded, by %s', (transport) => {
  it('stands in the status until it is restored, also for one who comes later', async () => {
    const { here, live, server } = place({ transports: [transport] })
    server.run(RUN.slice(4))
    const changes: string[] = []
    live.onStatus(({ degraded }) => {
      const now = degraded.map(({ code, lateSeconds }) => `${code} ${lateSeconds}`).join(', ')
      if (now !== (changes.at(-1) ?? '')) changes.push(now)
    })
    live.run(RUN.slice(4), {})
    await here.advance(1_000)
    expect(live.status).toMatchObject({ phase: 'open', degraded: [] })
    server.degrade('bus_away')
    await here.advance(30_000)
    server.degrade('news_lost', 60)
    await here.advance(30_000)
    server.degrade('bus_away', null)
    await here.advance(30_000)
    server.cut()
    await here.advance(30_000)
    expect(live.status.degraded).toEqual([{ code: 'news_lost', title: 'news_lost.', lateSeconds: 60 }])
    server.degrade('news_lost', null)
    await here.advance(30_000)
    expect(live.status).toMatchObject({ phase: 'open', degraded: [] })
    expect(changes.filter((change, index) => change || index)).toEqual(
      expect.arrayContaining(['bus_away 5', 'bus_away 5, news_lost 60', 'news_lost 60']),
    )
    live.close()
  })

  it('is over when another server answers that is well', async () => {
    const { here, live, server } = place({ transports: [transport] })
    server.run(RUN.slice(4))
    live.run(RUN.slice(4), {})
    server.degrade('bus_away')
    await here.advance(2_000)
    expect(live.status.degraded).toHaveLength(1)
    server.degraded = []
    server.cut()
    await here.advance(60_000)
    expect(live.status).toMatchObject({ phase: 'open', degraded: [] })
    live.close()
  })
})
