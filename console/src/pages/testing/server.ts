import { FakeServer, FakeSurroundings, FakeWire } from '@headway/client/testing'
import type { AccountDetail, CheckedPreset, Options, Run, Task, TaskStatistics } from '@headway/client/rest'
import { vi } from 'vitest'

const options: Options = {
  concurrency_key: null,
  concurrency_limit: null,
  family_key: null,
  family_limit: null,
  approval: 0,
  secrets: [],
  is_resumable: false,
  lost_after_seconds: 60,
  max_attempts: 3,
  no_retry_on: [],
  priority: 0,
  queue: 'default',
  rate_limit_count: null,
  rate_limit_key: null,
  rate_limit_seconds: 60,
  retry_delay_max_seconds: 600,
  retry_delay_seconds: 10,
  retry_on: [],
  soft_timeout_seconds: null,
  tags: ['exam'],
  timeout_seconds: 3600,
}

/** When the runs of the server began. */
const BEGAN = Date.now() - 600_000
const momentAt = (seconds: number): string => new Date(BEGAN + seconds * 1000).toISOString()

interface Asked {
  method: string
  path: string
  query: URLSearchParams
  body: Record<string, unknown>
}

type Answer = (asked: Asked, parts: readonly string[]) => unknown

export const problem = (status: number, code: string, more: object = {}): Response =>
  new Response(JSON.stringify({ code, detail: code, ...more }), { status, headers: { 'content-type': 'application/problem+json' } })

/** A server of a few runs and tasks: REST as PROTOCOL.md says it, and the live connection of the client's own model server. */
export class ModelServer {
  readonly asked: Asked[] = []
  readonly runs: Run[] = []
  readonly tasks: Task[] = []
  readonly presets: CheckedPreset[] = []
  readonly statistics = new Map<string, TaskStatistics>()
  /** What is answered to one request instead: by method and path. */
  readonly answers = new Map<string, () => Response>()
  isSignedIn = true
  /** Of whoever is signed in, held everywhere. */
  permissions: readonly string[] = ['queue:manage']
  /** Of a session without an account. */
  role: string | null = null
  isAway = false
  readonly live: FakeServer
  private readonly here = new FakeSurroundings(Date.now())
  private readonly clock: ReturnType<typeof setInterval>

  constructor() {
    const wire = new FakeWire()
    this.live = new FakeServer(this.here, wire)
    this.clock = setInterval(() => void this.here.advance(20), 20)
    const { fetch, WebSocket } = globalThis
    vi.stubGlobal('fetch', (address: string, init?: RequestInit) =>
      String(address).startsWith('/api/') ? this.take(String(address), init ?? {}) : fetch(address, init),
    )
    // The test's own connection to its runner stays as it is.
    const open = (address: string, protocols: string[]) =>
      String(address).includes('/api/v1/live') ? wire.open(address, protocols) : new WebSocket(address, protocols)
    const Socket = function (address: string, protocols: string[]) {
      return open(address, protocols)
    }
    vi.stubGlobal('WebSocket', Object.assign(Socket, { OPEN: WebSocket.OPEN }))
  }

  close(): void {
    this.live.cut()
    clearInterval(this.clock)
    vi.unstubAllGlobals()
  }

  task(name: string, more: Partial<Task> = {}): Task {
    const task: Task = {
      name,
      description: '',
      import_error: null,
      is_async: false,
      options,
      parameter_schema: { type: 'object', properties: {}, additionalProperties: false },
      source: `school.tasks:${name}`,
      source_hash: 'a1',
      updated_at: null,
      ...more,
    }
    this.tasks.push(task)
    return task
  }

  /** The newest run. */
  run(id: string, more: Partial<Run> = {}): Run {
    const at = momentAt(this.runs.length)
    const run: Run = {
      id,
      name: id,
      project: 'default',
      kind: 'task',
      task: 'grade',
      state: 'running',
      queue: 'default',
      priority: 0,
      attempt: 1,
      blocked_on: null,
      created_at: at,
      created_by: 'ada',
      queued_at: at,
      started_at: at,
      finished_at: null,
      run_after: null,
      error_code: null,
      external_id: null,
      failed_count: 0,
      lost_count: 0,
      metadata: {},
      options,
      parameters: {},
      parent: null,
      tags: ['exam'],
      ...more,
    }
    this.runs.unshift(run)
    Object.assign(this.live.run(id).view, { name: run.name, state: run.state, tags: run.tags, created_at: run.created_at })
    return run
  }

  /** What was asked by this method of paths that end so. */
  askedFor(method: string, end: string): Asked[] {
    return this.asked.filter((one) => one.method === method && one.path.endsWith(end))
  }

  private async take(address: string, init: RequestInit): Promise<Response> {
    if (this.isAway) throw new TypeError('Failed to fetch')
    init.signal?.throwIfAborted()
    const url = new URL(address, 'http://headway.test')
    const body = (typeof init.body === 'string' ? JSON.parse(init.body) : {}) as Record<string, unknown>
    const asked = { method: init.method ?? 'GET', path: url.pathname, query: url.searchParams, body }
    this.asked.push(asked)
    const parts = url.pathname.split('/').slice(3).map(decodeURIComponent)
    const given = this.answers.get(`${asked.method} ${asked.path}`)
    if (given) return given()
    const found = await Promise.resolve((rooms[parts[0] ?? ''] ?? (() => undefined)).call(this, asked, parts))
    if (found instanceof Response) return found
    return found === undefined ? problem(404, 'not_found') : Response.json(found)
  }
}

const page = (items: unknown[]) => ({ items, next_cursor: null, total: null })
const quiet = { running_limit: null, queued_limit: null }

function session(this: ModelServer, { method, path, body }: Asked): unknown {
  const principal = { id: 'ada', role: this.role, scopes: [], permissions: this.permissions, permissions_somewhere: this.permissions }
  if (path.endsWith('/sessions')) {
    this.isSignedIn = body['code'] === 'good-code'
    return this.isSignedIn ? { principal, expires_at: momentAt(86_400) } : problem(401, 'sign_in_code_invalid')
  }
  if (method === 'DELETE') {
    this.isSignedIn = false
    return new Response(null, { status: 204 })
  }
  return this.isSignedIn ? { token: 'good', expires_in: 600, principal } : problem(401, 'session_ended')
}

function matching(this: ModelServer, query: URLSearchParams): Run[] {
  const states = query.getAll('state')
  const word = (query.get('q') ?? '').toLowerCase()
  const from = query.get('created_from') ?? ''
  const task = query.get('task')
  return this.runs.filter(
    (run) =>
      (states.length === 0 || states.includes(run.state)) &&
      run.name.toLowerCase().includes(word) &&
      run.created_at >= from &&
      (task === null || run.task === task),
  )
}

const noBulk = {
  matched: 0,
  succeeded: 0,
  failed_count: 0,
  failed: [],
  skipped_count: 0,
  skipped: [],
  started: [],
  is_complete: true,
  next_cursor: null,
}

/** The act on runs that are named; those called "stubborn" refuse. */
function actOnNamed(this: ModelServer, act: string, names: readonly unknown[], body: Record<string, unknown>): unknown {
  const found = this.runs.filter(({ id }) => names.includes(id))
  if (body['is_preview'] === true) return { ...noBulk, matched: found.length, next_cursor: 'the-look' }
  const willing = found.filter(({ name }) => !name.startsWith('stubborn'))
  const failed = found.filter((run) => !willing.includes(run))
  const started: { id: string; run: string }[] = []
  for (const run of willing) {
    if (act === 'cancellations') run.state = 'cancelling'
    if (act === 'retries')
      started.push({ id: run.id, run: this.run(`${run.id}-again`, { ...run, id: `${run.id}-again`, state: 'queued' }).id })
  }
  return {
    ...noBulk,
    matched: found.length,
    succeeded: willing.length,
    failed_count: failed.length,
    failed: failed.map(({ id }) => ({ id, problem: { code: 'not_cancellable', detail: `${id} does not listen.` } })),
    started,
  }
}

/** Runs called "stubborn" cannot be cancelled. A step reaches two. */
function cancelMany(this: ModelServer, query: URLSearchParams, body: Record<string, unknown>): unknown {
  const found = matching.call(this, query).filter(({ state }) => state === 'queued' || state === 'running')
  const after = found.filter(({ id }) => typeof body['cursor'] !== 'string' || id > body['cursor']).sort((a, b) => (a.id < b.id ? -1 : 1))
  if (body['is_preview'] === true) return { ...noBulk, matched: found.length }
  const step = after.slice(0, 2)
  const failed = step.filter(({ name }) => name.startsWith('stubborn'))
  for (const run of step) if (!failed.includes(run)) run.state = 'cancelled'
  return {
    ...noBulk,
    matched: step.length,
    succeeded: step.length - failed.length,
    failed_count: failed.length,
    failed: failed.map(({ id }) => ({ id, problem: { code: 'not_cancellable', detail: `${id} does not listen.` } })),
    is_complete: after.length === step.length,
    next_cursor: after.length === step.length ? null : step.at(-1)?.id,
  }
}

function runs(this: ModelServer, { method, query, body }: Asked, [, id, part]: readonly string[]): unknown {
  if (id === undefined) return page(matching.call(this, query))
  if (method === 'POST' && id !== undefined && Array.isArray(body['runs'])) return actOnNamed.call(this, id, body['runs'], body)
  if (id === 'cancellations') return cancelMany.call(this, query, body)
  const run = this.runs.find((one) => one.id === id)
  if (!run) return undefined
  if (method === 'POST' && part === 'retries') return this.run(`${id}-again`, { ...run, id: `${id}-again`, state: 'queued' })
  if (part === 'cancellation') run.state = 'cancelling'
  return { ...run, last_seq: 0, last_line: 0, attempts: [], steps: [] }
}

function tasks(this: ModelServer, asked: Asked, [, name, part, id]: readonly string[]): unknown {
  if (name === undefined) return page(this.tasks)
  const task = this.tasks.find((one) => one.name === name)
  if (!task || part === undefined) return task
  if (part === 'statistics') return this.statistics.get(name) ?? noStatistics
  if (part === 'validations') return { is_valid: true, parameters: asked.body['parameters'], problems: [] }
  if (part === 'runs') return this.run('started', { task: name, ...asked.body })
  return part === 'presets' ? presets.call(this, name, asked, id) : undefined
}

function presets(this: ModelServer, task: string, { method, body }: Asked, id: string | undefined): unknown {
  const at = this.presets.findIndex((one) => one.id === id)
  if (method === 'GET') return page(this.presets)
  if (method === 'DELETE') {
    this.presets.splice(at, 1)
    return new Response(null, { status: 204 })
  }
  const usual = { created_at: momentAt(0), updated_at: momentAt(0), created_by: 'ada', problems: [], project: 'default', task }
  const before = this.presets[at] ?? { ...usual, id: `preset-${String(this.presets.length)}`, name: '', parameters: {} }
  const preset = { ...before, ...body } as CheckedPreset
  this.presets.splice(at < 0 ? this.presets.length : at, 1, preset)
  return preset
}

const rooms: Record<string, (this: ModelServer, ...given: Parameters<Answer>) => unknown> = {
  session,
  sessions: session,
  account: () => ownAccount,
  'sign-in-ways': () => ({ has_password: false, provider: null }),
  runs,
  tasks,
  queues: () =>
    page([{ name: 'default', is_paused: false, paused_at: null, paused_by: null, states: { queued: 3 }, worker_count: 1, ...quiet }]),
  quotas: () => page([]),
}

/** Of whoever is signed in. */
export const ownAccount: AccountDetail = {
  name: 'ada',
  display_name: 'Ada King',
  email: null,
  language: null,
  theme: null,
  time_zone: null,
  has_password: true,
  has_second_factor: false,
  is_active: true,
  created_at: momentAt(0),
  created_by: 'local',
  identities: [],
  locked_until: null,
  password_changed_at: momentAt(0),
  second_factor: null,
}

const nothing = { count: 0, mean: null, p50: null, p95: null }
const noStatistics: TaskStatistics = {
  considered: 0,
  duration_seconds: nothing,
  queue_seconds: nothing,
  is_complete: true,
  per_day: [],
  recent: [],
  runs: {},
  steps: [],
  success_rate: null,
}
