import { vi } from 'vitest'

import type { RunLine } from '../logFeed'

/** A request for lines, as the page made it. */
interface Asked {
  path: string
  query: URLSearchParams
  position: string | null
}

/** `GET /logs` and `GET /logs/counts` over lines that a test writes: pages, counts, and streams of what comes, as the server does them. */
export class LogServer {
  readonly asked: Asked[] = []
  /** Pages without a line that come before each page with some. */
  emptyPages = 0
  /** Answers before the server does. */
  first: ((asked: Asked) => Response | null) | null = null
  private readonly lines: RunLine[] = []
  private readonly streams = new Map<ReadableStreamDefaultController<Uint8Array>, URLSearchParams>()

  constructor() {
    vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      const url = new URL(request.url)
      if (url.pathname.endsWith('/session/tokens'))
        return Response.json({ token: 'good', expires_in: 600, principal: { id: 'ada', role: 'admin', scopes: [] } }, { status: 201 })
      const asked = {
        path: url.pathname.replace(/.*\/api\/v1/, ''),
        query: url.searchParams,
        position: request.headers.get('last-event-id'),
      }
      this.asked.push(asked)
      return this.first?.(asked) ?? this.answer(asked, request.signal)
    })
  }

  get followers(): number {
    return this.streams.size
  }

  /** A line is recorded, and told to those who follow. */
  write(text: string, more: Partial<RunLine> = {}): RunLine {
    const line = this.lines.length + 1
    const at = new Date(Date.UTC(2026, 10, 22, 9, 30, line)).toISOString()
    const made = {
      kind: 'log.written',
      at,
      seq: line,
      line,
      attempt: 1,
      level: 'info',
      text,
      run: 'r',
      run_name: 'Run',
      ...more,
    } as RunLine
    this.lines.push(made)
    for (const [stream, query] of this.streams) if (fits(made, query)) this.tell(stream, 'lines', { items: [made] })
    return made
  }

  /** Something other than lines is told to those who follow. */
  say(name: string, data: object): void {
    for (const stream of this.streams.keys()) this.tell(stream, name, data)
  }

  /** All streams end, as they do when the server is restarted. */
  cut(): void {
    for (const stream of this.streams.keys()) stream.close()
    this.streams.clear()
  }

  private tell(stream: ReadableStreamDefaultController<Uint8Array>, name: string, data: object): void {
    const event = new TextEncoder().encode(`id: at-${this.lines.length}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    // In two pieces, as a network may cut them.
    stream.enqueue(event.slice(0, 7))
    stream.enqueue(event.slice(7))
  }

  private answer({ path, query, position }: Asked, signal: AbortSignal): Response {
    if (path === '/logs/counts') return this.counts(query)
    if (path !== '/logs') return new Response(null, { status: 404 })
    if (query.get('follow') === 'true') return this.follow(query, position, signal)
    return this.page(query)
  }

  private page(query: URLSearchParams): Response {
    const [begin, empty] = (query.get('cursor') ?? '0.0').split('.').map(Number) as [number, number]
    if (empty < this.emptyPages) return Response.json({ items: [], next_cursor: `${begin}.${empty + 1}`, is_complete: false })
    const found = this.lines.filter((line) => fits(line, query))
    if (query.get('order') !== 'oldest') found.reverse()
    const end = begin + Number(query.get('limit'))
    return Response.json({ items: found.slice(begin, end), next_cursor: end < found.length ? `${end}.0` : null })
  }

  /** A line at a time. */
  private counts(query: URLSearchParams): Response {
    const at = Number(query.get('cursor') ?? 0)
    const found = this.lines.filter((line) => fits(line, query))
    const level = found[at]?.level
    return Response.json({ levels: level ? { [level]: 1 } : {}, next_cursor: at + 1 < found.length ? `${at + 1}` : null })
  }

  private follow(query: URLSearchParams, position: string | null, signal: AbortSignal): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.streams.set(stream, query)
        const missed = position === null ? [] : this.lines.slice(Number(position.slice('at-'.length)))
        stream.enqueue(new TextEncoder().encode(': still here\n\n'))
        this.tell(stream, missed.length > 0 ? 'lines' : 'position', { items: missed })
        signal.addEventListener('abort', () => this.streams.delete(stream) && stream.error(signal.reason))
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
}

function fits(line: RunLine, query: URLSearchParams): boolean {
  const q = query.get('q') ?? ''
  const levels = query.get('levels')?.split(',')
  const isFound = query.get('regex') === 'true' ? new RegExp(q).test(line.text ?? '') : (line.text ?? '').includes(q)
  return isFound && (levels?.includes(line.level ?? '') ?? true)
}
