import type { Entry } from '@headway/client'

import { Problem, rest } from './rest'

/** A line of a log, with the run that it is of. */
export interface RunLine extends Entry {
  run: string
  run_name: string
  task: string | null
  project: string
  spans: readonly (readonly [from: number, to: number])[]
}

/** What is asked of the logs of all runs, as the query of REST. */
export type LogQuery = Record<string, string | string[] | boolean>

export interface LinePage {
  lines: RunLine[]
  next: string | null
}

const PAGE = 200

export async function readLines(query: LogQuery, cursor: string | null, signal: AbortSignal): Promise<LinePage> {
  const page = await rest.listLogs({ query: { ...query, limit: PAGE, ...(cursor !== null && { cursor }) }, signal })
  return { lines: page.items as unknown as RunLine[], next: page.next_cursor }
}

export interface LineCount {
  levels: Readonly<Record<string, number>>
  isComplete: boolean
}

/** Counts lines by level, a piece of work at a time; each brings what is known by then. */
export async function* countLines(query: LogQuery, signal: AbortSignal): AsyncGenerator<LineCount> {
  const levels: Record<string, number> = {}
  let cursor: string | null = null
  do {
    const said: Awaited<ReturnType<typeof rest.countLogs>> = await rest.countLogs({
      query: { ...query, ...(cursor !== null && { cursor }) },
      signal,
    })
    for (const [level, count] of Object.entries(said.levels)) levels[level] = (levels[level] ?? 0) + count
    cursor = said.next_cursor
    yield { levels: { ...levels }, isComplete: cursor === null }
  } while (cursor !== null)
}

interface Heard {
  lines: (lines: RunLine[]) => void
  /** So many lines came too fast and were passed over. */
  gap: (count: number) => void
  /** Whether lines come at this moment; null: tell nobody yet. */
  connected: (is: boolean) => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** New lines as they come, each once, until `signal` says stop; reconnects by itself. Throws `Problem` for what waiting does not cure. */
export async function followLines(query: LogQuery, heard: Heard, signal: AbortSignal): Promise<void> {
  let position: string | null = null
  let wait = FIRST_WAIT_MS
  while (!signal.aborted) {
    try {
      const response: Response = await rest.raw('listLogs', {
        query: { ...query, follow: true, format: 'sse' },
        headers: position === null ? {} : { 'last-event-id': position },
        signal,
      })
      heard.connected(true)
      for await (const event of eventsOf(response)) {
        wait = FIRST_WAIT_MS
        if (event.name === 'gap') heard.gap(Number(event.data['to']) - Number(event.data['from']) + 1)
        if (event.name === 'lines') heard.lines(event.data['items'] as RunLine[])
        position = event.id ?? position
      }
    } catch (problem) {
      if (signal.aborted) return
      if (problem instanceof Problem && problem.status < 500 && problem.status !== 429) throw problem
    }
    if (signal.aborted) return
    heard.connected(false)
    await pause(wait * (0.5 + Math.random() / 2), signal)
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((go) => {
    const timer = setTimeout(go, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), go()), { once: true })
  })
}

interface ServerEvent {
  name: string
  data: Record<string, unknown>
  id: string | null
}

/** Server-sent events as Headway writes them: a line of JSON each. */
async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  let rest = ''
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const events = (rest + read.value).split('\n\n')
      rest = events.pop() ?? ''
      for (const text of events) {
        const event = eventIn(text)
        if (event) yield event
      }
    }
  } finally {
    void reader.cancel().catch(() => null)
  }
}

function eventIn(text: string): ServerEvent | null {
  const fields = new Map(
    text
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const),
  )
  const data = fields.get('data')
  if (data === undefined) return null
  return { name: fields.get('event') ?? 'message', data: JSON.parse(data) as Record<string, unknown>, id: fields.get('id') ?? null }
}
