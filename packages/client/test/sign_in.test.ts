/** The keeper of a sign-in beside the real server, and over a way on which answers get lost. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { Live } from '../src/live'
import { createRest, type Rest } from '../src/rest'
import { type KeptTokens, type Lock, memoryStorage, Problem, SignIn, SignInEnded, type TokenStorage, Unreachable } from '../src/sign_in'
import { ROOT } from './cases'
import { fileStorage } from './file_storage.mjs'
import { IS_THERE, PATIENCE, Serving } from './serving'

/** A storage into which a test may look, and write. */
function open(kept: KeptTokens | null = null) {
  const storage = { kept, isBroken: false, get: () => storage.kept, set }
  function set(tokens: KeptTokens | null) {
    if (storage.isBroken) throw new Error('The disk is full.')
    storage.kept = tokens
  }
  return storage
}

/** The way to the server: what was asked, and how many answers get lost on it from now on. */
function way() {
  const seen = { renewals: 0, lose: 0, isCut: false }
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (seen.isCut) throw new TypeError('fetch failed')
    if (String(url).endsWith('/tokens/refresh')) seen.renewals++
    const answer = await globalThis.fetch(url, init)
    if (seen.lose-- > 0) throw new TypeError('fetch failed')
    return answer
  }
  return Object.assign(seen, { fetch })
}

/** One after another, as `navigator.locks` does over tabs. */
function oneAtATime(): Lock {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

const due = (kept: KeptTokens | null): KeptTokens => ({ ...(kept as KeptTokens), renewAt: 0 })

describe('without a server', () => {
  it.each(['', 'no link', 'https://h/sign-in', 'https://h/sign-in#code=', 'javascript:alert(1)', 'a b'])(
    'takes no %j for a link',
    async (link) => {
      await expect(new SignIn({ baseUrl: 'https://h' }).begin(link)).rejects.toThrow(TypeError)
    },
  )

  it('takes no code to another server than it is for', async () => {
    const { fetch, ...seen } = way()
    await expect(new SignIn({ baseUrl: 'https://h', fetch }).begin('https://evil.example/sign-in#code=abc')).rejects.toThrow(
      /another server/,
    )
    expect(seen.renewals).toBe(0)
  })

  it.each([null, {}, { token: 1 }, { token: 'a', refreshToken: 'b', renewAt: 'soon', endsAt: 5 }])(
    'takes %j in a storage for no sign-in',
    async (kept) => {
      const keeper = new SignIn({ baseUrl: 'https://h', storage: open(kept as never) })
      await expect(keeper.getToken()).rejects.toMatchObject({ name: 'SignInEnded', code: 'not_signed_in', isFinal: true })
    },
  )

  it.each([{}, { token: 'a', expires_in: '9', refresh_token: 'b' }, []])('takes %j for no answer of Headway', async (said) => {
    const fetch = () => Promise.resolve(Response.json(said, { status: 201 }))
    await expect(new SignIn({ baseUrl: 'https://h', fetch }).begin('abc')).rejects.toBeInstanceOf(Problem)
  })

  it('renews a minute before the end, so before a live connection is told that it is near; a short one at half of its life', async () => {
    const answers = [600, 20].map((expires_in) => Response.json({ token: 't', expires_in, refresh_token: 'r' }, { status: 201 }))
    const storage = open()
    const keeper = new SignIn({ baseUrl: 'https://h', storage, fetch: () => Promise.resolve(answers.shift() as Response) })
    for (const early of [60_000, 10_000]) {
      await keeper.begin('abc')
      expect((storage.kept?.endsAt ?? 0) - (storage.kept?.renewAt ?? 0)).toBe(early)
    }
  })
})

describe.skipIf(!IS_THERE)('beside a real server', () => {
  const beside = new Serving()
  let url: string
  let rest: Rest
  let owner: Rest
  let live: Live | null = null

  beforeAll(async () => {
    ;({ url, rest } = await beside.start())
    const password = 'tulips under a cold moon'
    await rest.createAccount({ body: { name: 'ada', password, role: 'admin' } })
    const page = { method: 'POST', headers: { origin: url, 'content-type': 'application/json' } }
    const signed = await fetch(`${url}/api/v1/sessions/by-password`, { ...page, body: JSON.stringify({ name: 'ada', password }) })
    const cookie = (signed.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const given = await fetch(`${url}/api/v1/session/tokens`, { ...page, headers: { ...page.headers, cookie } })
    const { token } = (await given.json()) as { token: string }
    owner = createRest({ baseUrl: url, getToken: () => Promise.resolve(token) })
  }, 2 * PATIENCE)

  afterEach(() => live?.close())
  afterAll(() => beside.stop(), PATIENCE)

  async function begun(storage: TokenStorage, fetch?: typeof globalThis.fetch, lock?: Lock): Promise<SignIn> {
    const keeper = new SignIn({ baseUrl: url, storage, ...(fetch && { fetch }), ...(lock && { lock }) })
    await keeper.begin((await owner.createLink({})).url, 'a test')
    return keeper
  }
  const works = async (keeper: SignIn) => (await createRest({ baseUrl: url, getToken: keeper.getToken }).listTasks()).items.length > 0
  const devices = async () => (await owner.listOwnDevices()).items

  it('signs in with a link or a code, once', async () => {
    const keeper = await begun(memoryStorage())
    expect(await works(keeper)).toBe(true)
    const { code } = await owner.createLink({})
    const other = new SignIn({ baseUrl: `${url}/` })
    await other.begin(code)
    expect(await works(other)).toBe(true)
    await expect(other.begin(code)).rejects.toMatchObject({ name: 'Problem', code: 'sign_in_code_invalid' })
    expect(await works(other)).toBe(true)
  })

  it('renews what is due, once for all who ask, and keeps what it got', async () => {
    const [storage, seen] = [open(), way()]
    const keeper = await begun(storage, seen.fetch)
    const before = storage.kept
    storage.kept = due(before)
    const tokens = await Promise.all(Array.from({ length: 8 }, () => keeper.getToken()))
    expect(new Set(tokens)).toEqual(new Set([storage.kept.token]))
    expect(storage.kept.refreshToken).not.toBe(before?.refreshToken)
    expect(await works(keeper)).toBe(true)
    expect(seen.renewals).toBe(1)
  })

  it('tries another token, once, where one was refused, for all calls that were', async () => {
    const [storage, seen] = [open(), way()]
    const keeper = await begun(storage, seen.fetch)
    storage.kept = { ...(storage.kept as KeptTokens), token: 'nobody' }
    expect(await Promise.all(Array.from({ length: 6 }, () => works(keeper)))).toEqual(Array(6).fill(true))
    expect(seen.renewals).toBe(1)
  })

  it.each([1, 2])('stays signed in where %i answers with new tokens are lost', async (lost) => {
    const [storage, seen] = [open(), way()]
    const keeper = await begun(storage, seen.fetch)
    for (let round = 0; round < 2; round++) {
      storage.kept = due(storage.kept)
      Object.assign(seen, { lose: lost, renewals: 0 })
      expect(await keeper.getToken()).toBe(storage.kept.token)
      expect(seen.renewals).toBe(lost + 1)
      expect(await works(keeper)).toBe(true)
    }
  })

  it('renews once where two share a storage and a lock, and ends nothing where they share no lock', async () => {
    for (const lock of [oneAtATime(), null]) {
      const [storage, seen] = [open(), way()]
      const one = await begun(storage, seen.fetch, lock ?? ((work) => work()))
      const two = new SignIn({ baseUrl: url, storage, fetch: seen.fetch, ...(lock && { lock }) })
      for (let round = 0; round < 3; round++) {
        storage.kept = due(storage.kept)
        await Promise.all([one.getToken(), two.getToken()])
        expect([await works(one), await works(two)]).toEqual([true, true])
      }
      if (lock) expect(seen.renewals).toBe(3)
    }
  })

  it('goes on with the old token while nobody answers, and says so when it is over', async () => {
    const [storage, seen] = [open(), way()]
    const keeper = await begun(storage, seen.fetch)
    storage.kept = due(storage.kept)
    seen.isCut = true
    expect(await keeper.getToken()).toBe(storage.kept.token)
    storage.kept = { ...storage.kept, endsAt: 0 }
    await expect(keeper.getToken()).rejects.toBeInstanceOf(Unreachable)
    seen.isCut = false
    expect(await works(keeper)).toBe(true)
  })

  it('loses no token for a storage that fails once', async () => {
    const storage = open()
    const keeper = await begun(storage)
    storage.kept = due(storage.kept)
    storage.isBroken = true
    const before = storage.kept.token
    await expect(keeper.getToken()).rejects.toThrow('The disk is full.')
    storage.isBroken = false
    expect(await keeper.getToken()).not.toBe(before)
    expect(storage.kept.token).not.toBe(before)
    expect(await works(keeper)).toBe(true)
  })

  it('says that it has ended, keeps nothing then, and stops what is live', async () => {
    const storage = open()
    const keeper = await begun(storage)
    live = new Live({ url: `${url.replace('http', 'ws')}/api/v1/live`, getToken: keeper.getToken })
    live.list('default', {})
    await vi.waitFor(() => expect(live?.status.phase).toBe('open'), { timeout: PATIENCE })
    const { sid } = JSON.parse(atob(storage.kept?.token.split('.')[1] ?? '')) as { sid: string }
    await owner.deleteOwnDevice({ path: { device: sid } })
    await vi.waitFor(() => expect(live?.status).toMatchObject({ phase: 'stopped', problem: { code: 4501 } }), { timeout: PATIENCE })
    expect(storage.kept).toBeNull()
    await expect(keeper.getToken()).rejects.toThrow(SignInEnded)
    await expect(works(keeper)).rejects.toMatchObject({ code: 'not_signed_in' })
  })

  it('has ended where somebody else has used its tokens', async () => {
    const [mine, theirs] = [open(), open()]
    const keeper = await begun(mine)
    const thief = new SignIn({ baseUrl: url, storage: theirs })
    theirs.kept = due(mine.kept)
    await thief.getToken()
    theirs.kept = due(theirs.kept)
    await thief.getToken()
    mine.kept = due(mine.kept)
    await expect(keeper.getToken()).rejects.toMatchObject({ name: 'SignInEnded', code: 'refresh_token_reused' })
    expect(mine.kept).toBeNull()
    await expect(thief.getToken({ isRefused: true })).resolves.toBe(theirs.kept.token)
    await expect(works(thief)).rejects.toMatchObject({ status: 401 })
  })

  it('signs out, and tells the server', async () => {
    const storage = open()
    const keeper = await begun(storage)
    const count = (await devices()).length
    expect(await keeper.end()).toBe(true)
    expect(storage.kept).toBeNull()
    expect(await devices()).toHaveLength(count - 1)
    expect(await keeper.end()).toBe(false)
  })

  it('is kept in a file for its owner alone, as the README shows', async () => {
    const path = join(beside.home, 'tokens.json')
    const keeper = await begun(fileStorage(path))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await works(new SignIn({ baseUrl: url, storage: fileStorage(path) }))).toBe(true)
    await keeper.end()
    await expect(new SignIn({ baseUrl: url, storage: fileStorage(path) }).getToken()).rejects.toThrow(SignInEnded)
    expect(existsSync(`${path}.new`)).toBe(false)
    const shown = readFileSync(join(ROOT, 'packages/client/README.md'), 'utf8')
    expect(shown).toContain(readFileSync(join(ROOT, 'packages/client/test/file_storage.mjs'), 'utf8').trim())
  })
})
