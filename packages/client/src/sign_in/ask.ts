/** The three questions of a sign-in. A call of REST would ask for a token first, and that is what is wanted here. */

import { Problem, Unreachable } from '../rest/problem'
import type { KeptTokens } from './storage'

/** A token is renewed so long before its end, twice as early as a live connection is told of it (`token_expiring`); a short one when half of it is over. */
const EARLY = 60_000
/** Of one question. Three of them, with a pause between each, begin within the ten seconds in which a lost answer may be asked for again. */
const PATIENCE = 3_000

export interface Server {
  readonly baseUrl: string
  readonly fetch: typeof globalThis.fetch
}

/** Throws `Problem`, `Unreachable`. */
export async function askForTokens(server: Server, path: '/tokens' | '/tokens/refresh', body: object): Promise<KeptTokens> {
  const askedAt = Date.now()
  const said = await ask(server, 'POST', path, { 'content-type': 'application/json' }, JSON.stringify(body))
  const { token, expires_in, refresh_token, refresh_expires_at } = said as Record<string, unknown>
  if (typeof token !== 'string' || typeof expires_in !== 'number' || typeof refresh_token !== 'string')
    throw new Problem(502, { detail: 'The answer is not as Headway gives it.' })
  const life = expires_in * 1000
  return {
    token,
    renewAt: askedAt + life - Math.min(EARLY, life / 2),
    endsAt: askedAt + life,
    refreshToken: refresh_token,
    refreshEndsAt: String(refresh_expires_at),
  }
}

/** Sign out whoever has this token. Throws `Problem`, `Unreachable`. */
export async function askToEnd(server: Server, token: string): Promise<void> {
  const { sid } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { sid?: string }
  await ask(server, 'DELETE', `/account/devices/${encodeURIComponent(String(sid))}`, { authorization: `Bearer ${token}` })
}

async function ask({ baseUrl, fetch }: Server, method: string, path: string, headers: HeadersInit, body?: string): Promise<unknown> {
  const signal = AbortSignal.timeout(PATIENCE)
  const init = { method, headers, signal, credentials: 'omit', ...(body !== undefined && { body }) } as const
  let status: number
  let text: string
  try {
    const response = await fetch(`${baseUrl}/api/v1${path}`, init)
    status = response.status
    text = await response.text()
  } catch (cause) {
    throw new Unreachable('The server cannot be reached.', { cause })
  }
  const said = read(text)
  if (status >= 200 && status < 300) return said
  throw new Problem(status, said)
}

function read(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text)
    return said !== null && typeof said === 'object' ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
