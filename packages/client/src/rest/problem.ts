/** What went wrong, as the server says it (RFC 9457). `code` is stable; `field` names the field that is meant. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: string
  readonly status: number
  readonly detail: string
  readonly field: string | null
  readonly requestId: string | null
  /** Everything that was said, also what only this code carries. */
  readonly said: Readonly<Record<string, unknown>>

  constructor(status: number, said: Record<string, unknown>) {
    const detail = typeof said['detail'] === 'string' ? said['detail'] : `The server answered ${status}.`
    super(detail)
    this.status = status
    this.detail = detail
    this.said = said
    this.code = textOf(said['code']) ?? `http_${status}`
    this.field = textOf(said['field'])
    this.requestId = textOf(said['request_id'])
  }
}

/** The server cannot be reached, or its answer broke off: nothing is known of what became of the request. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly code = 'unreachable'
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
