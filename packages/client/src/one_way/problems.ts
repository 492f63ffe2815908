/** What an answer that is no success means for the connection. */

export interface Said {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Seconds. */
  readonly retryIn: number | null
}

/** The server's own words (RFC 9457); null: somebody on the way answered in its place. */
export async function saidBy(response: Response): Promise<Said | null> {
  const said = (await response.json().catch(() => null)) as { code?: unknown; detail?: unknown } | null
  if (typeof said?.code !== 'string') return null
  const after = response.headers.get('retry-after')
  return {
    status: response.status,
    code: said.code,
    detail: typeof said.detail === 'string' ? said.detail : said.code,
    retryIn: after !== null && after !== '' && Number.isFinite(Number(after)) ? Number(after) : null,
  }
}

/** Refused tokens in a row, over all connections. */
export interface Memory {
  refusals: number
}

/** The code of the protocol whose verdict fits; null: it is about what was asked for, and the connection has no part in it. */
export function verdictOf({ status }: Said, memory: Memory): number | null {
  // One that has ended and one that was never good sound the same: a fresh one that is refused too is refused for good.
  if (status === 401) return memory.refusals++ ? 4501 : 4201
  if (status === 429) return 4003
  if (status === 503) return 4101
  return status >= 500 ? 4000 : null
}

export const isTemporary = (status: number) => status === 429 || status >= 500
