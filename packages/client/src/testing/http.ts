import type { From, ServerMessage } from '../wire'
import { writeCursor } from '../one_way/wishes'
import type { Position } from '../types'
import type { FakeServer } from './server'
import { FakeSocket } from './socket'
import type { FakeSurroundings } from './surroundings'

/** By then the fake server has answered all that it was asked. */
const SETTLED = 4
const STATUS: Readonly<Record<string, number>> = { run_not_found: 404, forbidden: 403, invalid_channel: 422 }
const COMMANDS: Readonly<Record<string, string>> = { cancellation: 'cancel', pause: 'pause', resumption: 'resume' }

interface Asked {
  channel: string
  facets?: string[]
  from?: From
  has_view?: boolean
}
interface Given {
  path: string
  query: URLSearchParams
  headers: Headers
  body: Record<string, unknown>
  signal: AbortSignal | null
}

/** The live wire of a fake server over HTTP: `fetch` for streams, polls, commands and the newest runs of a project. */
export class FakeHttp {
  /** Paths that do not get through. */
  readonly blocked = new Set<'sse' | 'poll'>()
  /** Streams are kept by something on the way. */
  isHeldUp = false
  /** What something on the way answers in place of the server. */
  status: number | null = null
  /** Problems that the server answers next. */
  readonly problems: { status: number; code: string; retryAfter?: number }[] = []
  /** `path?query` of every request. */
  readonly requests: string[] = []

  constructor(
    private readonly here: FakeSurroundings,
    private readonly server: FakeServer,
  ) {}

  readonly fetch = ((input: string, init: RequestInit = {}) => {
    const url = new URL(input)
    const path = url.pathname.replace(/^.*\/api\/v1/, '').replace(/^\/(?=sse|poll)/, '/live/')
    this.requests.push(path + url.search)
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    // One listener a request on what may be the signal of many.
    const gone = new AbortController()
    init.signal?.addEventListener('abort', () => gone.abort(), { once: true, signal: gone.signal })
    const given = { path, query: url.searchParams, headers: new Headers(init.headers), body, signal: gone.signal }
    const answered = this.answer(given)
    if (path !== '/live/sse') answered.then(() => gone.abort(), () => gone.abort()) // prettier-ignore
    return answered
  }) as typeof globalThis.fetch

  private answer(given: Given): Promise<Response> {
    const { path } = given
    const isBlocked = (this.blocked.has('sse') && path === '/live/sse') || (this.blocked.has('poll') && path === '/live/poll')
    if (this.server.isAway || isBlocked) return this.later(() => Promise.reject(new TypeError('fetch failed')), given)
    if (this.server.isSilent) return this.never(given)
    if (this.status !== null) return this.later(() => answerOf(this.status ?? 0, null, {}), given)
    const problem = this.problems.shift()
    if (problem) return this.later(() => this.problem(problem.status, problem.code, problem.retryAfter), given)
    if (path === '/live/sse') return this.isHeldUp ? this.never(given) : this.stream(given)
    if (path === '/live/poll') return this.poll(given)
    return this.later(() => this.rest(given), given)
  }

  private later(answer: () => Response | Promise<Response>, { signal }: Given): Promise<Response> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(aborted()))
      this.here.setTimeout(() => void Promise.resolve().then(answer).then(resolve, reject), 2)
    })
  }

  private never({ signal }: Given): Promise<Response> {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(aborted())))
  }

  private problem(status: number, code: string, retryAfter?: number): Response {
    return answerOf(status, { code, detail: `It is ${code}.` }, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) })
  }

  private rest({ path, headers, body }: Given): Response {
    const [, id = '', what] = /^\/runs\/([^/]+)\/(\w+)$/.exec(path) ?? []
    if (!what) return answerOf(200, { items: [...this.server.runs.keys()].reverse().map((run) => ({ id: run })) }, {})
    if (!this.server.runs.has(id)) return this.problem(404, 'run_not_found')
    this.server.commands.push({
      type: 'command', id: '', channel: `run:${id}`, do: COMMANDS[what] ?? what, args: body as never,
      idempotency_key: headers.get('idempotency-key') ?? '',
    }) // prettier-ignore
    return answerOf(202, { id, state: 'cancelling' }, {})
  }

  // --- a conversation a request --------------------------------------------------------------------------------------

  /** Everything that the server says to somebody who asks for these channels. */
  private converse(given: Given, asked: Asked[], rows: string[], cursor: string): Conversation {
    const positions = cursorOf(cursor)
    const token = (given.headers.get('authorization') ?? '').replace('Bearer ', '')
    const socket = new FakeSocket('', [])
    const heard = new Conversation(socket, this.server)
    given.signal?.addEventListener('abort', () => socket.close())
    for (const { channel } of asked) if (positions[channel]) heard.begin(channel, positions[channel])
    socket.onopen = () =>
      socket.closedBy ??
      socket.send(
        JSON.stringify([
          { type: 'hello', version: 1, token, visible: true },
          ...asked.map((one) => {
            const position = positions[one.channel]
            return { type: 'subscribe', id: one.channel, ...one, ...(position && { from: { position } }) }
          }),
          ...(rows.length ? [{ type: 'rows', channel: asked.find(({ channel }) => channel.startsWith('runs:'))?.channel, add: rows, remove: [] }] : []),
        ]),
      ) // prettier-ignore
    this.server.accept(socket)
    return heard
  }

  /** The problem by which a request is answered of which nothing is left. */
  private refusal({ messages }: Conversation, asked: Asked[]): Response | null {
    const goodbye = messages.find(({ type }) => type === 'goodbye')
    if (goodbye?.type === 'goodbye' && (goodbye.code === 4201 || goodbye.code === 4501)) return this.problem(401, 'unauthorised')
    const errors = messages.filter(({ type }) => type === 'error')
    const first = errors[0]
    if (errors.length < asked.length || first?.type !== 'error') return null
    return this.problem(STATUS[first.code ?? ''] ?? 422, first.code ?? '')
  }

  private stream(given: Given): Promise<Response> {
    const { query, headers } = given
    const tail = query.get('tail')
    const line = query.get('after_line')
    const facets = query.get('facets')?.split(',')
    const asked = query.getAll('channel').map((channel) => ({
      channel,
      ...(facets && { facets }),
      ...(tail !== null && { from: { tail: Number(tail) } }),
      ...(line !== null && { from: { line: Number(line) } }),
    }))
    const heard = this.converse(given, asked, query.get('rows')?.split(',') ?? [], headers.get('last-event-id') ?? '')
    const rejected = new Promise<Response>((_, reject) => given.signal?.addEventListener('abort', () => reject(aborted())))
    const answered = new Promise<Response>((resolve, reject) =>
      this.here.setTimeout(() => {
        const refusal = this.refusal(heard, asked)
        if (!refusal && heard.isOver) return reject(new TypeError('fetch failed'))
        resolve(refusal ?? answerOf(200, null, { 'content-type': 'text/event-stream' }, heard.reader(given.signal)))
      }, SETTLED),
    )
    return Promise.race([answered, rejected])
  }

  private poll(given: Given): Promise<Response> {
    const { subscribe = [], wait = 25, cursor = '' } = given.body as { subscribe?: Asked[]; wait?: number; cursor?: string }
    if (subscribe.some(({ channel }) => !/^(run|user):/.test(channel))) return this.later(() => this.problem(422, 'invalid_channel'), given)
    const heard = this.converse(given, subscribe, [], cursor)
    return new Promise((resolve, reject) => {
      given.signal?.addEventListener('abort', () => reject(aborted()))
      const answer = (isLast: boolean) => {
        const refusal = this.refusal(heard, subscribe)
        const messages = heard.messages.filter(({ type }) => type !== 'welcome' && type !== 'heartbeat')
        if (!refusal && !messages.length && !isLast && !heard.isOver) return
        heard.onSaid = null
        heard.close()
        if (!refusal && heard.isOver && !messages.length) return reject(new TypeError('fetch failed'))
        // Each answer says what is degraded now.
        const said = [...messages, ...this.server.degraded.map((one) => ({ ...one, at: '' }))]
        resolve(refusal ?? answerOf(200, { messages: said.map(without), cursor: heard.cursor }, {}))
      }
      this.here.setTimeout(() => {
        // Polls are not greeted, so what the greeting says is none of their news.
        heard.messages = heard.messages.filter((one) => one.type !== 'notice' || one.channel !== undefined)
        // All that is said in one flush.
        heard.onSaid = () => this.here.setTimeout(() => heard.onSaid && answer(false), 0)
        answer(wait === 0)
      }, SETTLED)
      this.here.setTimeout(() => heard.onSaid && answer(true), wait * 1_000 + SETTLED)
    })
  }
}

/** What the server says in one conversation, and the cursor behind it. */
class Conversation {
  messages: ServerMessage[] = []
  isOver = false
  onSaid: (() => void) | null = null
  private readonly positions = new Map<string, [string, number, number]>()

  constructor(
    private readonly socket: FakeSocket,
    private readonly server: FakeServer,
  ) {
    socket.onmessage = ({ data }) => {
      for (const message of JSON.parse(data as string) as ServerMessage[]) {
        this.messages.push(message)
        this.note(message)
      }
      this.onSaid?.()
    }
    socket.onclose = () => {
      this.isOver = true
      this.onSaid?.()
    }
  }

  close(): void {
    this.socket.close()
  }

  get cursor(): string {
    return writeCursor([...this.positions])
  }

  private note(message: ServerMessage): void {
    if (!('channel' in message) || typeof message.channel !== 'string') return
    const { channel } = message
    if (channel.startsWith('user:')) return this.noteNotice(channel, message)
    if (!channel.startsWith('run:')) return
    const [epoch, line, seq] = this.positions.get(channel) ?? [this.server.epoch, 0, 0]
    if (message.type === 'snapshot') this.positions.set(channel, [this.server.epoch, message.line, message.seq])
    else if (message.type === 'patch') this.positions.set(channel, [epoch, line, message.seq])
    else if (message.type === 'entries') this.positions.set(channel, [epoch, message.first + message.entries.length - 1, seq])
    else if (message.type === 'gap' && message.facet === 'log') this.positions.set(channel, [epoch, message.to, seq])
  }

  private noteNotice(channel: string, message: ServerMessage): void {
    if (message.type === 'notice') this.positions.set(channel, [this.server.epoch, 0, message.seq ?? 0])
    else if (!this.positions.has(channel)) this.positions.set(channel, [this.server.epoch, 0, 0])
  }

  /** Where a resumption goes on that is told by nothing but what follows. */
  begin(channel: string, position: Position): void {
    this.positions.set(channel, [...position] as [string, number, number])
  }

  /** Events as they are flushed, each in two pieces. A stream that is cut ends within one. */
  reader(signal: AbortSignal | null): { read(): Promise<{ done: boolean; value?: Uint8Array }> } {
    const encoder = new TextEncoder()
    const pieces: string[] = [': headway.live.v1\n\n']
    let wake: (() => void) | null = null
    const gather = () => {
      if (this.messages.length) {
        const event = `id: ${this.cursor}\ndata: ${JSON.stringify(this.messages.map(without))}\n\n`
        pieces.push(event.slice(0, event.length / 2), event.slice(event.length / 2))
        this.messages = []
      }
      wake?.()
    }
    this.onSaid = gather
    signal?.addEventListener('abort', () => wake?.())
    gather()
    let isCutShort = false
    const read = async (): Promise<{ done: boolean; value?: Uint8Array }> => {
      if (signal?.aborted) throw aborted()
      const piece = pieces.shift()
      if (piece !== undefined) return { done: false, value: encoder.encode(piece) }
      if (this.isOver && isCutShort) return { done: true }
      if (this.isOver) {
        isCutShort = true
        return { done: false, value: encoder.encode('data: [{"type":"ent') }
      }
      await new Promise<void>((resolve) => (wake = resolve))
      return read()
    }
    return { read }
  }
}

/** Over HTTP nothing carries the id of a subscription. */
function without(message: ServerMessage): object {
  if (message.type === 'error') {
    const { id, ...rest } = message
    return { ...rest, channel: id }
  }
  const { id: _id, ...rest } = message as { id?: unknown }
  return rest
}

function cursorOf(text: string): Record<string, Position> {
  return text ? (JSON.parse(atob(text.replace(/-/g, '+').replace(/_/g, '/'))) as Record<string, Position>) : {}
}

const aborted = () => new DOMException('This operation was aborted.', 'AbortError')

/** As much of a Response as is read, which answers without turns of the loop that a fake clock does not know of. */
function answerOf(status: number, body: object | null, headers: Record<string, string>, reader?: unknown): Response {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: new Headers({ 'content-type': 'application/json', ...headers }),
    body: reader ? { getReader: () => reader } : null,
    json: () => (body ? Promise.resolve(structuredClone(body)) : Promise.reject(new SyntaxError('This is no JSON.'))),
  } as unknown as Response
}
