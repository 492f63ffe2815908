import { FakeServer, FakeSurroundings, FakeWire } from '@headway/client/testing'
import { type Mock, vi } from 'vitest'

type FakeRun = ReturnType<FakeServer['run']>

/** A request as the page made it. */
interface Asked {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
}

export type Answering = (asked: Asked) => Response | null

interface World {
  server: FakeServer
  run: FakeRun
  /** What the page has asked for by REST, as `GET /path`. */
  asked: Asked[]
  /** Answers before the server does. */
  answering: { first: Answering | null }
  /** What is new is told to the page. */
  tell(): void
  bodyOf(method: string, path: string): unknown
}

const WHO = { id: 'ada', role: 'admin', scopes: [], permissions: ['queue:manage'] }
const PREFIX = '/api/v1'

export function refusal(status: number, code: string, detail: string): Response {
  return Response.json({ code, detail, title: detail }, { status, headers: { 'content-type': 'application/problem+json' } })
}

/** Everything that REST says of a run, out of its journal. */
function detailOf(run: FakeRun): Record<string, unknown> {
  const started = run.entries.filter(({ kind }) => kind === 'attempt.started')
  const attempts = started.map((entry) => {
    const end = run.entries.find((one) => one.kind === 'attempt.ended' && one.attempt === entry.attempt)
    return {
      number: entry.attempt,
      run: run.id,
      fence: entry.attempt,
      started_at: entry.at,
      ended_at: end?.at ?? null,
      outcome: end?.['outcome'] ?? null,
      error: end?.['error'] ?? null,
      worker: entry['worker'] ?? null,
    }
  })
  const { view } = run
  return {
    id: run.id,
    kind: view.run_kind ?? 'task',
    name: view.name,
    task: view.task ?? null,
    project: 'default',
    queue: 'default',
    priority: 0,
    state: view.state,
    attempt: view.attempt ?? 0,
    attempts,
    steps: stepsOf(run),
    view,
    last_line: run.line,
    last_seq: run.seq,
    created_at: view.created_at,
    queued_at: view.queued_at ?? null,
    started_at: view.started_at ?? null,
    finished_at: view.finished_at ?? null,
    run_after: null,
    created_by: view.by ?? 'ada',
    parent: view.parent ?? null,
    tags: view.tags ?? [],
    metadata: { retry_of: 'run-before' },
    parameters: { students: 42, exam: 'algebra', key: 'hush' },
    external_id: null,
    error_code: view.error?.code ?? null,
    failed_count: 0,
    lost_count: 0,
    options: { lost_after_seconds: 120, max_attempts: 3 },
  }
}

function stepsOf(run: FakeRun): Record<string, unknown>[] {
  return run.entries
    .filter(({ kind }) => kind === 'step.started')
    .map((entry) => {
      const end = run.entries.find((one) => one.kind === 'step.ended' && one.step === entry.step && one.attempt === entry.attempt)
      return {
        run: run.id,
        id: entry.step,
        attempt: entry.attempt,
        name: entry['name'],
        parent: entry['parent'] ?? null,
        started_at: entry.at,
        ended_at: end?.at ?? null,
        outcome: end?.['outcome'] ?? null,
        duration_seconds: end?.['duration_seconds'] ?? null,
      }
    })
}

function hitsOf(run: FakeRun, query: URLSearchParams): Record<string, unknown> {
  const q = query.get('q') ?? ''
  const isCase = query.get('case') === 'true'
  const pattern = new RegExp(query.get('regex') === 'true' ? q : q.replace(/\W/g, '\\$&'), isCase ? '' : 'i')
  const levels = query.get('levels')?.split(',')
  const from = Number(query.get('from') ?? 1)
  const items = run.entries
    .filter((entry) => entry.line >= from && pattern.test(entry.text ?? ''))
    .filter((entry) => (q === '' && !levels) || entry.kind === 'log.written')
    .filter((entry) => !levels || levels.includes(entry.level ?? ''))
    .filter((entry) => !query.get('stream') || entry['stream'] === query.get('stream'))
    .filter((entry) => !query.get('attempt') || String(entry.attempt) === query.get('attempt'))
    .filter((entry) => !query.get('step') || entry.step === query.get('step'))
    .slice(0, Number(query.get('limit') ?? 100))
    .map(({ at, attempt, kind, level, line, text }) => ({ at, attempt, kind, level: level ?? null, line, text: text ?? '', matches: [] }))
  return { items, next_cursor: null, scanned_to: run.line, is_cut: false }
}

function pageOf(items: readonly unknown[]): Response {
  return Response.json({ items, next_cursor: null, total: items.length })
}

function answerOf(run: FakeRun, { method, path, query, body }: Asked): Response {
  const at = `${method} ${path.replace(`/runs/${run.id}`, '')}`
  const within = (line: number): boolean => line >= Number(query.get('from')) && line <= Number(query.get('to'))
  switch (at) {
    case 'POST /session/tokens':
      return Response.json({ token: 'good', expires_in: 600, principal: WHO }, { status: 201 })
    case 'GET ':
      return Response.json(detailOf(run))
    case 'PATCH ':
      run.report({ kind: 'run.edited', ...(body as object) })
      return Response.json(detailOf(run))
    case 'PUT /cancellation':
      run.report({ kind: 'command.given', do: 'cancel', by: 'ada', ...(body as object) })
      run.report({ kind: 'run.cancelling' })
      return Response.json(detailOf(run), { status: 202 })
    case 'PUT /pause':
      run.report({ kind: 'command.given', do: 'pause', by: 'ada' })
      run.report({ kind: 'run.pausing' })
      run.report({ kind: 'run.paused' })
      return Response.json(detailOf(run), { status: 202 })
    case 'PUT /resumption':
      run.report({ kind: 'command.given', do: 'resume', by: 'ada' })
      run.report({ kind: 'run.queued' })
      return Response.json(detailOf(run), { status: 202 })
    case 'POST /stack-dumps':
    case 'DELETE ':
      return new Response(null, { status: 204 })
    case 'GET /tasks/grade':
      return Response.json({ name: 'grade', parameter_schema: { properties: { key: { type: 'string', format: 'password' } } } })
    case 'GET /steps':
      return pageOf(stepsOf(run))
    case 'GET /entries':
      return pageOf(run.entries.filter(({ line }) => within(line)))
    case 'GET /events':
      return pageOf(run.events.filter(({ seq }) => Number(seq) > Number(query.get('after_seq'))))
    case 'GET /hits':
      return Response.json(hitsOf(run, query))
    case 'GET /series':
      return Response.json({ items: [], left_out: [] })
    case 'GET /log':
      return new Response(run.entries.map((entry) => entry.text ?? entry.kind).join('\n'), { headers: { 'content-type': 'text/plain' } })
    default:
      return refusal(404, 'not_found', `There is nothing at ${at}.`)
  }
}

const pathOf = (input: RequestInfo | URL): URL => new URL(input instanceof Request ? input.url : input, location.href)

/** The server of `@headway/client/testing` in the place of the real one: the page's own session, REST and live connection talk to it. */
export function openWorld(id: string): World {
  const here = new FakeSurroundings(Date.now())
  const wire = new FakeWire()
  const server = new FakeServer(here, wire)
  const run = server.run(id)
  const asked: Asked[] = []
  const answering: World['answering'] = { first: null }
  const [RealSocket, realFetch] = [WebSocket, fetch.bind(globalThis)]

  const Socket = function (url: string, protocols: string[]) {
    return pathOf(url).pathname.startsWith(PREFIX) ? wire.open(url, protocols) : new RealSocket(url, protocols)
  }
  vi.stubGlobal('WebSocket', Object.assign(Socket, RealSocket))
  const answer: Mock<typeof fetch> = vi.fn(async (input, init) => {
    const url = pathOf(input)
    if (!url.pathname.startsWith(PREFIX)) return realFetch(input, init)
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    const one = { method: init?.method ?? 'GET', path: url.pathname.slice(PREFIX.length), query: url.searchParams, body }
    asked.push(one)
    return answering.first?.(one) ?? answerOf(run, one)
  })
  vi.stubGlobal('fetch', answer)
  // The clock of the server is that of the page.
  setInterval(() => void here.advance(Math.max(0, Date.now() - here.now())), 10)

  return {
    server,
    run,
    asked,
    answering,
    tell: () => server.flush(),
    bodyOf: (method, path) => asked.findLast((one) => one.method === method && one.path === path)?.body,
  }
}
