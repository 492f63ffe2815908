import { type Calls, CALLS } from './generated/calls.gen'
import { Problem, Unreachable } from './problem'

export interface RestOptions {
  /** `https://host`, without `/api/v1`; default: where the page comes from. */
  baseUrl?: string
  /** Called before each request that needs one; `null`: none. `isRefused`: the last one was no longer good. */
  getToken?: (why: { isRefused: boolean }) => Promise<string | null>
  fetch?: typeof globalThis.fetch
}

type Name = keyof Calls
type Parts<N extends Name> = Omit<Calls[N]['given'], 'url'>
/** What a call takes: `path`, `query`, `body`, `headers` as far as it has them, and `signal` to give it up. */
export type Given<N extends Name> = { [P in keyof Parts<N> as Parts<N>[P] extends undefined ? never : P]: Parts<N>[P] } & {
  signal?: AbortSignal
}
export type Answer<N extends Name> = Calls[N]['answers'][keyof Calls[N]['answers']]
type Arguments<N extends Name> = object extends Given<N> ? [given?: Given<N>] : [given: Given<N>]

/** Each call of the REST interface by its name. Throws `Problem` or `Unreachable`; an aborted one throws what `signal` says. */
export type Rest = { readonly [N in Name]: (...given: Arguments<N>) => Promise<Answer<N>> } & {
  /** The answer as it comes: bytes of an artifact, a log as a stream. Throws as the others do. */
  readonly raw: <N extends Name>(name: N, ...given: Arguments<N>) => Promise<Response>
}

interface Loose {
  path?: Record<string, unknown>
  query?: Record<string, unknown>
  headers?: Record<string, unknown>
  body?: unknown
  signal?: AbortSignal
}

export function createRest(options: RestOptions = {}): Rest {
  const raw = (name: Name, given: Loose = {}) => request(options, name, given)
  const calls = Object.keys(CALLS).map((name) => [name, async (given?: Loose) => bodyOf(await raw(name as Name, given))])
  return { ...Object.fromEntries(calls), raw } as Rest
}

async function request(options: RestOptions, name: Name, given: Loose): Promise<Response> {
  const [method, path] = CALLS[name].split(' ') as [string, string]
  const url = (options.baseUrl ?? '') + fill(path, given.path) + queryOf(given.query)
  const send = async (isRefused: boolean) => {
    const token = await options.getToken?.({ isRefused })
    return reach(options.fetch ?? globalThis.fetch, url, {
      method,
      ...bodyAndHeaders(given, token ?? null),
      ...(given.signal && { signal: given.signal }),
    })
  }
  let response = await send(false)
  if (response.status === 401 && options.getToken) {
    // A token may have ended on the way; one that is new and refused again is refused for good. A wrong password or code is not the token's
    // fault: sent once more it would count as another try.
    const problem = await problemOf(response)
    if (problem.code === 'sign_in_refused' || problem.code === 'factor_code_refused') throw problem
    response = await send(true)
  }
  if (response.ok) return response
  throw await problemOf(response)
}

function bodyAndHeaders({ body, headers = {} }: Loose, token: string | null): RequestInit {
  const all: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  for (const [key, value] of Object.entries(headers)) if (value != null) all[key] = String(value)
  if (body === undefined) return { headers: all }
  if (body instanceof Blob) return { headers: all, body }
  return { headers: { 'content-type': 'application/json', ...all }, body: JSON.stringify(body) }
}

async function reach(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw gone(error)
  }
}

/** A request that was given up by its caller is no fault of the network. */
function gone(error: unknown): unknown {
  return (error as { name?: string } | null)?.name === 'AbortError'
    ? error
    : new Unreachable('The server cannot be reached.', { cause: error })
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  try {
    return /[/+]json\b/.test(response.headers.get('content-type') ?? '') ? await response.json() : await response.text()
  } catch (error) {
    throw gone(error)
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const said: unknown = await response.json().catch(() => null)
  return new Problem(response.status, said !== null && typeof said === 'object' ? (said as Record<string, unknown>) : {})
}

function fill(path: string, values: Record<string, unknown> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
}

function queryOf(values: Record<string, unknown> = {}): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one != null).map((one) => [name, String(one)]),
  )
  return pairs.length ? `?${new URLSearchParams(pairs as [string, string][])}` : ''
}
