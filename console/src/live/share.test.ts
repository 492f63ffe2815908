import { createRest } from '@headway/client/rest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { getToken, isGuest, principal } from './session'
import { openShare, shareCodeIn } from './share'

/** A server with one link, and how it was asked for tokens. */
function serving() {
  const asked: { code: string; is_renewal: boolean }[] = []
  const server = { isGood: true, isAway: false }
  const fetch = (async (_url: string, init: RequestInit) => {
    if (server.isAway) throw new TypeError('fetch failed')
    asked.push(JSON.parse(String(init.body)) as (typeof asked)[number])
    if (server.isGood)
      return Response.json({ token: `guest-${asked.length}`, expires_in: 600, run: 'r1', link_expires_at: '2026-12-01T00:00:00Z' })
    const headers = { 'content-type': 'application/problem+json' }
    return new Response(JSON.stringify({ code: 'share_link_ended', detail: 'over' }), { status: 401, headers })
  }) as typeof globalThis.fetch
  return { asked, server, rest: createRest({ fetch }) }
}

let scope = effectScope()
/** Open the page as a browser does that has been given this address. */
function open(hash: string, at = serving()) {
  scope = effectScope()
  return { ...at, share: scope.run(() => openShare(hash, at.rest)) ?? null }
}

afterEach(() => {
  scope.stop()
  sessionStorage.clear()
})

describe('a share link', () => {
  it('has its code behind the #, and nothing else there is one', () => {
    expect(shareCodeIn('#code=abcDEF_-123')).toBe('abcDEF_-123')
    for (const hash of ['', '#', '#code=', '#code=short', '#code=with space', '#L1-L2', '?code=abcDEF_-123', `#code=${'a'.repeat(513)}`])
      expect(shareCodeIn(hash), hash).toBeNull()
  })

  it('gives tokens that are nobody’s, and counts as one visit however often one is bought', async () => {
    const { share, asked } = open('#code=abcDEF_-123')
    await vi.waitFor(() => expect(share?.shared.value).toEqual({ run: 'r1', endsAt: '2026-12-01T00:00:00Z' }))
    expect(isGuest.value).toBe(true)
    expect(principal.value).toBeNull()
    expect(await getToken()).toBe('guest-1')
    expect(await getToken({ isRefused: true })).toBe('guest-2')
    expect(asked).toEqual([
      { code: 'abcDEF_-123', is_renewal: false },
      { code: 'abcDEF_-123', is_renewal: true },
    ])
  })

  it('is remembered in this tab when the page is loaded again without its code', async () => {
    const first = open('#code=abcDEF_-123')
    await vi.waitFor(() => expect(first.share?.shared.value).not.toBeNull())
    scope.stop()
    const again = open('', first)
    await vi.waitFor(() => expect(again.share?.shared.value).not.toBeNull())
    expect(first.asked.map(({ is_renewal }) => is_renewal)).toEqual([false, true])
    scope.stop()
    // Another link into the same tab is another visit.
    const other = open('#code=another-one', first)
    await vi.waitFor(() => expect(other.share?.shared.value).not.toBeNull())
    expect(first.asked.at(-1)).toEqual({ code: 'another-one', is_renewal: false })
  })

  it('that has ended says so and is forgotten; it is no trouble that trying again would help', async () => {
    const { share, server } = open('#code=abcDEF_-123')
    await vi.waitFor(() => expect(share?.shared.value).not.toBeNull())
    server.isGood = false
    await expect(getToken({ isRefused: true })).rejects.toMatchObject({ name: 'SignedOut' })
    expect(share?.hasEnded.value).toBe(true)
    expect(share?.problem.value).toBeNull()
    scope.stop()
    expect(open('').share).toBeNull()
  })

  it('waits for a server that is away', async () => {
    const at = serving()
    at.server.isAway = true
    const { share } = open('#code=abcDEF_-123', at)
    await vi.waitFor(() => expect(share?.problem.value).not.toBeNull())
    expect(share?.hasEnded.value).toBe(false)
    at.server.isAway = false
    await share?.retry()
    expect(share?.shared.value?.run).toBe('r1')
    expect(share?.problem.value).toBeNull()
  })
})
