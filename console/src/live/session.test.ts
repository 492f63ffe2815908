import { createRest } from '@headway/client/rest'
import { describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { guardRoutes, safeTarget } from './guard'
import { createSession, SignedOut } from './session'

const WHO = { id: 'ada', role: 'admin', scopes: [], permissions: ['queue:manage'] }
const Empty = { template: '<p />' }

/** A server with one session, and how often it was asked what. */
function serving() {
  const asked: string[] = []
  const server = { isSignedIn: false, isAway: false, tokenCount: 0 }
  const problem = (status: number, code: string) =>
    new Response(JSON.stringify({ code, detail: code }), { status, headers: { 'content-type': 'application/problem+json' } })
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${url}`)
    if (server.isAway) throw new TypeError('fetch failed')
    if (url.endsWith('/sessions')) {
      server.isSignedIn = JSON.parse(String(init.body)).code === 'good'
      return server.isSignedIn ? Response.json({ principal: WHO, expires_at: '' }, { status: 201 }) : problem(401, 'sign_in_code_invalid')
    }
    if (init.method === 'DELETE') {
      server.isSignedIn = false
      return new Response(null, { status: 204 })
    }
    if (!server.isSignedIn) return problem(401, 'session_ended')
    return Response.json({ token: `token-${++server.tokenCount}`, expires_in: 600, principal: WHO }, { status: 201 })
  }) as typeof globalThis.fetch
  const clock = { now: 0 }
  return { asked, server, clock, session: createSession(createRest({ fetch }), () => clock.now) }
}

describe('the session', () => {
  it('begins with the code of a link, and keeps a token until 30 s before its end', async () => {
    const { session, clock, server } = serving()
    expect(session.isSignedIn.value).toBe(false)
    await session.signIn('good')
    expect(session.principal.value).toEqual(WHO)
    clock.now = 569_000
    expect(await session.getToken()).toBe('token-1')
    clock.now = 570_000
    expect(await session.getToken()).toBe('token-2')
    expect(await session.getToken({ isRefused: true })).toBe('token-3')
    expect(server.tokenCount).toBe(3)
  })

  it('asks once for all who want a token at the same time', async () => {
    const { session, server } = serving()
    await session.signIn('good')
    const tokens = await Promise.all([true, true, true].map((isRefused) => session.getToken({ isRefused })))
    expect(new Set(tokens)).toEqual(new Set(['token-2']))
    expect(server.tokenCount).toBe(2)
  })

  it('says what is wrong with a code', async () => {
    const { session } = serving()
    await expect(session.signIn('used')).rejects.toMatchObject({ code: 'sign_in_code_invalid' })
    expect(session.isSignedIn.value).toBe(false)
  })

  it('goes on from an earlier visit, or does not', async () => {
    const { session, server } = serving()
    expect(await session.resume()).toBe(false)
    server.isSignedIn = true
    expect(await session.resume()).toBe(true)
    expect(await session.resume()).toBe(true)
    expect(server.tokenCount).toBe(1)
  })

  it('that has ended says so, finally; a server that is away does not end it', async () => {
    const { session, server } = serving()
    await session.signIn('good')
    server.isAway = true
    await expect(session.getToken({ isRefused: true })).rejects.toMatchObject({ name: 'Unreachable' })
    expect(session.isSignedIn.value).toBe(true)
    server.isAway = false
    server.isSignedIn = false
    await expect(session.getToken({ isRefused: true })).rejects.toBeInstanceOf(SignedOut)
    expect(session.isSignedIn.value).toBe(false)
  })

  it('of a visitor is nobody’s, whoever was signed in before, and is bought anew like any other', async () => {
    const { session, asked, clock } = serving()
    await session.signIn('good')
    let bought = 0
    session.visit(() => Promise.resolve({ token: `guest-${++bought}`, expires_in: 600 }))
    expect([session.isGuest.value, session.isSignedIn.value]).toEqual([true, false])
    const before = asked.length
    expect(await session.getToken()).toBe('guest-1')
    expect(await session.getToken()).toBe('guest-1')
    clock.now = 570_000
    expect(await session.getToken()).toBe('guest-2')
    expect(session.isSignedIn.value).toBe(false)
    // Whoever is signed in at this browser is not asked for.
    expect(asked).toHaveLength(before)
  })

  it('ends here also when the server cannot be told', async () => {
    const { session, server } = serving()
    await session.signIn('good')
    server.isAway = true
    sessionStorage.setItem('a draft', 'of something')
    await expect(session.signOut()).rejects.toMatchObject({ name: 'Unreachable' })
    expect(session.isSignedIn.value).toBe(false)
    expect(sessionStorage.length, 'what was written here is for nobody else').toBe(0)
  })
})

describe('the guard', () => {
  function guarded() {
    const at = serving()
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/runs', component: Empty },
        { path: '/sign-in', name: 'sign-in', component: Empty, meta: { isOpen: true } },
      ],
    })
    guardRoutes(router, at.session)
    return { ...at, router }
  }

  it('leads who is not signed in to where they can be, and remembers where they wanted to go', async () => {
    const { router } = guarded()
    await router.push('/runs?state=running#L3')
    const { path, query } = router.currentRoute.value
    expect([path, query['to']]).toEqual(['/sign-in', '/runs?state=running#L3'])
  })

  it('lets those pass whose session goes on, and shows them out when it ends', async () => {
    const { router, server, session } = guarded()
    server.isSignedIn = true
    await router.push('/runs')
    expect(router.currentRoute.value.path).toBe('/runs')
    await session.signOut()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/sign-in'))
  })

  it('lets a page say itself that the server is away', async () => {
    const { router, server } = guarded()
    server.isAway = true
    await router.push('/runs')
    expect(router.currentRoute.value.path).toBe('/runs')
  })

  it('goes on only to paths of this console', () => {
    expect(safeTarget('/runs/1?x=2#L3')).toBe('/runs/1?x=2#L3')
    for (const bad of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/sign-in?to=/runs',
      '',
      null,
      ['/a'],
    ])
      expect(safeTarget(bad)).toBe('/')
  })
})
