/** What a part of the page can tell about an error: a `Problem` of REST, an `Unreachable`, or any other error. */
export interface Troubling {
  readonly code?: string
  readonly status?: number
  readonly detail?: string
  readonly message?: string
  readonly requestId?: string | null
  readonly said?: Readonly<Record<string, unknown>>
}

export type TroubleKind = 'offline' | 'forbidden' | 'missing' | 'refused' | 'server'

/** Which kind of trouble it is, and so what a person can do about it. */
export function troubleKind(problem: Troubling): TroubleKind {
  const { status, code } = problem
  if (code === 'unreachable' || status === 0) return 'offline'
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'missing'
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'server'
}

/** Who may be asked for what is lacking, as the server says it: nobody where it says nothing. */
export function giversOf({ said }: Troubling): string[] {
  const given = said?.['can_be_given_by']
  return Array.isArray(given) ? given.filter((name) => typeof name === 'string').slice(0, 5) : []
}
