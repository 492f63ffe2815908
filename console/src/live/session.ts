import { type CodeAwaited, createRest, Problem, type Rest, type SessionCreated, type SignInWays, type Who } from '@headway/client/rest'
import { computed, type ComputedRef, readonly, type Ref, ref, type ShallowRef, shallowRef } from 'vue'

import { basePath } from './base'

/** A token is made anew this long before it ends, so that none ends on the way. */
const EARLY_MS = 30_000

/** Nobody is signed in (any more). `isFinal` tells the live connection that trying again would not help. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  readonly isFinal = true
}

/** A token, and whose it is where that is somebody. */
export interface Bought {
  token: string
  expires_in: number
  principal?: Who
}

export interface Session {
  /** Who is signed in; null: nobody, or it is not known yet. */
  readonly principal: Readonly<ShallowRef<Who | null>>
  readonly isSignedIn: ComputedRef<boolean>
  /** Whether this page is read by a share link: by nobody in particular, who may look and nothing else. */
  readonly isGuest: Readonly<Ref<boolean>>
  /** For as long as this page is open its tokens are those that `buy` gives, whoever may be signed in at this browser. */
  visit(buy: () => Promise<Bought>): void
  /**
   * Exchange the code of a sign-in link; `password`: the new one that such a link is for. What comes of it: null, who is signed in; or what
   * stands for it until a code of the authenticator app comes. Throws `Problem` (`sign_in_code_invalid`,
   * `password_wanted`, `weak_password`) or `Unreachable`.
   */
  signIn(code: string, password?: string): Promise<CodeAwaited | null>
  /** As `signIn`. Throws `Problem` (`sign_in_refused`, `sign_in_locked`, `rate_limited`) or `Unreachable`. */
  signInByPassword(name: string, password: string): Promise<CodeAwaited | null>
  /** After a password, the code. How many recovery codes are left, if it was one. Throws `Problem` (`factor_code_refused`, `sign_in_expired` …). */
  signInByCode(voucher: string, code: string): Promise<number | null>
  /** How people sign in here. Throws `Problem` or `Unreachable`. */
  findWays(): Promise<SignInWays>
  /** Whether a session of an earlier visit goes on. Asked once; throws `Unreachable` when that cannot be found out. */
  resume(): Promise<boolean>
  /** A token for a request, from memory while it is good. Throws `SignedOut`, `Problem` or `Unreachable`. */
  getToken(why?: { isRefused: boolean }): Promise<string>
  /** End the session here and on the server. */
  signOut(): Promise<void>
}

/** `now`: milliseconds of any clock that does not jump. */
export function createSession(rest: Rest = createRest({ baseUrl: basePath }), now: () => number = () => performance.now()): Session {
  const principal = shallowRef<Who | null>(null)
  let token: string | null = null
  let goodUntil = 0
  let asking: Promise<string> | null = null
  let buy: () => Promise<Bought> = () => rest.createToken()
  const isGuest = ref(false)

  function forget() {
    token = null
    asking = null
    principal.value = null
  }

  async function ask(): Promise<string> {
    const asked = now()
    try {
      const answer = await buy()
      token = answer.token
      goodUntil = asked + answer.expires_in * 1000 - EARLY_MS
      principal.value = answer.principal ?? null
      return answer.token
    } catch (error) {
      if (!(error instanceof Problem) || (error.status !== 401 && error.status !== 403)) throw error
      forget()
      throw new SignedOut('Nobody is signed in.', { cause: error })
    }
  }

  async function getToken({ isRefused } = { isRefused: false }): Promise<string> {
    if (isRefused) token = null
    if (token !== null && now() < goodUntil) return token
    // Many requests of a page find out at once that the token is old: one of them asks, all of them wait.
    asking ??= ask().finally(() => (asking = null))
    return asking
  }

  /** Who was signed in until now becomes another: in between nobody is not, or the page would be left for the one to sign in. */
  async function enter(answer: SessionCreated | CodeAwaited): Promise<CodeAwaited | null> {
    if ('voucher' in answer) return answer
    token = null
    asking = null
    await getToken()
    return null
  }

  return {
    principal: readonly(principal) as Readonly<ShallowRef<Who | null>>,
    isSignedIn: computed(() => principal.value !== null),
    isGuest: readonly(isGuest),
    visit(by) {
      forget()
      buy = by
      isGuest.value = true
    },
    getToken,
    async signIn(code, password) {
      forget()
      return enter(await rest.createSession({ body: password === undefined ? { code } : { code, password } }))
    },
    signInByPassword: async (name, password) => enter(await rest.createSessionByPassword({ body: { name, password } })),
    async signInByCode(voucher, code) {
      const made = await rest.createSessionByCode({ body: { voucher, code } })
      await enter(made)
      return made.recovery_codes_left
    },
    findWays: () => rest.showSignInWays(),
    async resume() {
      if (principal.value) return true
      try {
        await getToken()
        return true
      } catch (error) {
        if (error instanceof SignedOut) return false
        throw error
      }
    },
    async signOut() {
      try {
        await rest.deleteSession()
      } finally {
        forget()
        // Drafts and places in runs: whoever sits here next is somebody else.
        sessionStorage.clear()
      }
    },
  }
}

/** The session of this page. The token is nowhere but in memory; the cookie behind it no script can read. */
export const session = createSession()
export const { principal, isSignedIn, isGuest, visit, signIn, signInByPassword, signInByCode, findWays, resume, getToken, signOut } =
  session
