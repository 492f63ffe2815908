/** Keeps somebody signed in: a token for whoever asks, renewed before it ends, by one at a time. */

import { Problem, Unreachable } from '../rest/problem'
import { askForTokens, askToEnd, type Server } from './ask'
import { checked, type KeptTokens, memoryStorage, type TokenStorage } from './storage'

/** Does the work while nobody else who shares the storage does it. May reject, where that takes too long. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>

export interface SignInOptions {
  /** `https://host`, without `/api/v1`; default: where the page comes from. */
  baseUrl?: string
  /** Default: in memory. */
  storage?: TokenStorage
  fetch?: typeof globalThis.fetch
  /** Default: `navigator.locks`, over all tabs, where there is one; else this `SignIn` alone renews one at a time. */
  lock?: Lock
}

/** Nobody is signed in, or not any more: somebody has to begin anew. `Live` stops with it, for `isFinal`. */
export class SignInEnded extends Error {
  override readonly name = 'SignInEnded'
  readonly isFinal = true

  constructor(
    message: string,
    /** `not_signed_in`, or what the server says: `device_ended`, `refresh_token_reused`. */
    readonly code: string,
  ) {
    super(message)
  }
}

const LOCK_PATIENCE = 15_000
const TRIES = 3
const PAUSE = 1_000
/** Of several calls that were refused together the first one renews: what is younger than this is not renewed again. */
const FRESH = 5_000

export class SignIn {
  private readonly server: Server
  private readonly storage: TokenStorage
  private readonly lock: Lock
  private renewing: Promise<string> | null = null
  private given: string | null = null
  private renewedAt = -Infinity
  /** Renewed, and not yet in the storage, which failed. */
  private unsaved: KeptTokens | null = null

  constructor(options: SignInOptions = {}) {
    const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '')
    this.server = { baseUrl, fetch: options.fetch ?? ((...given) => globalThis.fetch(...given)) }
    this.storage = options.storage ?? memoryStorage()
    this.lock = options.lock ?? lockOf(`headway sign-in ${baseUrl}`)
  }

  /**
   * Sign in with the link that somebody made for this (`headway open --print`, or the page of one's account), or with its code; once, within ten
   * minutes. `name`: by which its owner will know it in the list of their devices. Throws `Problem` (`sign_in_code_invalid`), `Unreachable`, and
   * `TypeError` for what is no such link, or another server's.
   */
  async begin(link: string, name = 'program'): Promise<void> {
    const code = codeOf(link, this.server.baseUrl)
    await this.lock(async () => this.save(await askForTokens(this.server, '/tokens', { code, name })))
  }

  /** A token that is good for a while; to be given to `Live` and `createRest` as it is. Throws `SignInEnded`, `Unreachable`, `Problem`, and what the storage does. */
  readonly getToken = async (why: { isRefused: boolean } = { isRefused: false }): Promise<string> => {
    const kept = await this.kept()
    if (this.isGood(kept, why.isRefused)) return (this.given = kept.token)
    this.renewing ??= this.renewed(why.isRefused).finally(() => (this.renewing = null))
    return (this.given = await this.renewing)
  }

  /** Forget the tokens and tell the server, which ends what they opened. Whether it was told: else they end by themselves (`refreshEndsAt`). */
  async end(): Promise<boolean> {
    const token = await this.getToken().catch(() => null)
    await this.lock(() => this.save(null))
    if (token === null) return false
    return askToEnd(this.server, token).then(
      () => true,
      () => false,
    )
  }

  private async kept(): Promise<KeptTokens> {
    if (this.unsaved) await this.save(this.unsaved)
    const kept = checked(await this.storage.get())
    if (!kept) throw new SignInEnded('Nobody is signed in.', 'not_signed_in')
    return kept
  }

  private async save(tokens: KeptTokens | null): Promise<void> {
    this.unsaved = tokens
    await this.storage.set(tokens)
    this.unsaved = null
  }

  /** `isRefused`: what was given last; what another tab got meanwhile is as good as new. */
  private isGood(kept: KeptTokens, isRefused: boolean): boolean {
    const now = Date.now()
    if (isRefused && kept.token === this.given && now - this.renewedAt > FRESH) return false
    return now < kept.renewAt
  }

  private async renewed(isRefused: boolean): Promise<string> {
    try {
      return await this.lock(async () => {
        const kept = await this.kept() // another tab may have renewed it meanwhile
        if (this.isGood(kept, isRefused)) return kept.token
        const made = await this.renew(kept)
        this.renewedAt = Date.now()
        await this.save(made)
        return made.token
      })
    } catch (error) {
      if (error instanceof SignInEnded) throw error
      const kept = await this.kept()
      // For as long as it lasts the old one does where nobody answers who could renew it.
      if (isRefused || kept.endsAt <= Date.now()) throw error
      return kept.token
    }
  }

  /**
   * An answer may be lost on its way, with the new tokens in it. Within ten seconds the server gives the same again; later it must take whoever
   * comes with the old one for a thief. So it is asked again at once, and not only when somebody needs a token the next time.
   */
  private async renew(kept: KeptTokens): Promise<KeptTokens> {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await askForTokens(this.server, '/tokens/refresh', { refresh_token: kept.refreshToken })
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return this.ended(kept, error)
        if (!(error instanceof Unreachable) || !left) throw error
        await new Promise((resolve) => setTimeout(resolve, PAUSE))
      }
    }
  }

  /** Unless somebody who does not heed the lock was faster. */
  private async ended(kept: KeptTokens, { detail, code }: Problem): Promise<KeptTokens> {
    const now = checked(await this.storage.get())
    if (now && now.refreshToken !== kept.refreshToken) return now
    await this.save(null)
    throw new SignInEnded(detail, code)
  }
}

function codeOf(link: string, baseUrl: string): string {
  const found = /^(?:(https?:\/\/[^#?]+)\/sign-in(?:\?[^#]*)?#code=)?([\w-]{1,512})$/.exec(link.trim())
  if (!found) throw new TypeError('This is neither the link of a sign-in nor its code.')
  if (found[1] !== undefined && baseUrl && found[1] !== baseUrl) throw new TypeError(`The link is of another server: ${found[1]}.`)
  return found[2] as string
}

function lockOf(name: string): Lock {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined
  if (!locks) return (work) => work()
  return (work) => locks.request(name, { signal: AbortSignal.timeout(LOCK_PATIENCE) }, work) as ReturnType<typeof work>
}
