/** Commands where there is no socket to say them on, and where there is no server. */
import { describe, expect, it } from 'vitest'

import { type CommandRefused, PATIENCE } from '../src/commands'
import { Diary, place } from './place'

describe.each(['sse', 'poll'] as const)('a command by %s', (transport) => {
  it('is a request of REST, with its key, and is answered', async () => {
    const at = place({ transports: [transport] })
    at.server.run('a')
    const run = at.live.run('a', new Diary())
    await at.here.advance(50)
    const answer = run.command('cancel', { reason: 'enough' })
    const odd = run.command('explode').catch((error: CommandRefused) => error.code)
    await at.here.advance(50)
    expect(await answer).toEqual({ state: 'cancelling' })
    expect(await odd).toBe('invalid_message')
    expect(at.server.commands).toMatchObject([{ channel: 'run:a', do: 'cancel', args: { reason: 'enough' } }])
    expect(at.server.commands[0]?.idempotency_key).toMatch(/^[\da-f-]{36}$/)
  })

  it('that fails says why, and is said again where that may help', async () => {
    const at = place({ transports: [transport] })
    at.server.run('a')
    const run = at.live.run('a', new Diary())
    await at.here.advance(50)
    at.http.problems.push({ status: 409, code: 'run_final' }, { status: 503, code: 'unavailable', retryAfter: 1 })
    const final = run.command('cancel').catch((error: CommandRefused) => error.code)
    const patient = run.command('pause')
    await at.here.advance(50)
    expect(await final).toBe('run_final')
    expect(at.server.commands).toEqual([])
    await at.here.advance(3_000)
    expect(await patient).toEqual({ state: 'cancelling' })
    expect(at.server.commands).toMatchObject([{ do: 'pause' }])
  })

  it('given while there is no server waits, and is sent once', async () => {
    const at = place({ transports: [transport] })
    at.server.run('a')
    const run = at.live.run('a', new Diary())
    await at.here.advance(50)
    at.server.isAway = true
    const onTheWay = run.command('pause')
    await at.here.advance(10)
    at.server.cut()
    await at.here.advance(10)
    const offline = run.command('cancel')
    await at.here.advance(10_000)
    at.server.isAway = false
    await at.here.advance(30_000)
    expect(await Promise.all([onTheWay, offline])).toHaveLength(2)
    expect(at.server.commands.map((command) => command.do).sort()).toEqual(['cancel', 'pause'])
  })
})

describe('a command', () => {
  it('that nobody answers is given up, whether it was sent or not', async () => {
    const at = place()
    at.server.run('a')
    const run = at.live.run('a', new Diary())
    at.here.change({ isOnline: false })
    const codes: string[] = []
    const give = () => run.command('cancel').catch((error: CommandRefused) => codes.push(error.code))
    const all = [give()]
    await at.here.advance(PATIENCE - 1)
    expect(codes).toEqual([])
    await at.here.advance(2)
    await Promise.all(all)
    expect(codes).toEqual(['no_answer'])
    at.here.change({ isOnline: true })
    await at.here.advance(1_000)
    expect(at.server.commands, 'nor is it sent afterwards').toEqual([])
  })

  it('is one of fifty at most that wait', async () => {
    const at = place()
    const run = at.live.run('a', new Diary())
    const refused: string[] = []
    for (let no = 0; no < 51; no++) run.command('cancel').catch((error: CommandRefused) => refused.push(error.code))
    await at.here.advance(0)
    expect(refused).toEqual(['too_many_waiting'])
    at.live.close()
    await at.here.advance(0)
    expect(refused).toHaveLength(51)
  })
})
