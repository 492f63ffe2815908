/** What a run looks like to those who watch it: the view, its entries and points (PROTOCOL.md sections 1 and 4). */

export type ActiveState = 'running' | 'pausing' | 'cancelling'
export type FinalState = 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'lost'
export type RunState = 'scheduled' | 'awaiting_approval' | 'queued' | 'paused' | 'retrying' | ActiveState | FinalState

export type Level = 'debug' | 'info' | 'warning' | 'error' | 'critical'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A progress bar. Counts are in `unit`; `rate` in units a second; times in seconds. */
export interface Bar {
  name?: string
  done: number
  total?: number
  unit?: string
  message?: string
  step?: string
  rate?: number
  eta_seconds?: number
  elapsed_seconds?: number
  at: string
  is_closed?: boolean
}

export interface OpenStep {
  name: string
  parent?: string
  started_at: string
}

export interface CurrentMetric {
  value: number
  unit?: string
  labels?: Record<string, string>
  at: string
}

export interface RunError {
  code?: string
  type?: string
  message?: string
  is_retryable?: boolean
}

export type Counter = 'lines' | Level | 'steps_ended' | 'steps_failed' | 'attempts_ended' | 'artifacts' | 'dropped_lines'

/** What a row of a list shows: a subset of the view. A key without a value is absent. */
export interface Row {
  state?: RunState
  name?: string
  task?: string
  project?: string
  run_kind?: string
  by?: string
  tags?: string[]
  priority?: number
  attempt?: number
  worker?: string
  reason?: string
  until?: string
  stage?: string
  status_text?: string
  progress?: Omit<Bar, 'step' | 'elapsed_seconds' | 'is_closed'>
  counters?: Partial<Record<Counter, number>>
  last_line?: { text: string; level: Level; at: string }
  error?: RunError
  is_throttled?: boolean
  /** How many child runs there are: `total`, `done` (in parts of those that run), and one key a state. */
  children?: Readonly<Record<string, number>>
  parent?: string
  is_silent?: boolean
  has_result?: boolean
  created_at?: string
  queued_at?: string
  started_at?: string
  finished_at?: string
}

/** The fold of a run's events: what people look at. */
export interface View extends Row {
  parent?: string
  bars?: Record<string, Bar>
  steps?: Record<string, OpenStep>
  metrics?: Record<string, CurrentMetric>
  checkpoint?: number
  /** While it waits for approval: the request, of how many others, how many have given it, and when it ends by itself. */
  approval?: { id: string; needed: number; given: number; until?: string }
  /** Lines up to this one were deleted, by whom and when. */
  log_deleted?: { to: number; by: string; at: string }
}

/** An event of the log facet. `kind` says which further fields there are. */
export interface Entry {
  kind: string
  at: string
  seq: number
  line: number
  attempt: number
  level?: Level
  text?: string
  stream?: string
  logger?: string
  source?: string
  step?: string
  context?: Record<string, Json>
  traceback?: string
  [field: string]: unknown
}

/** An event of the metric facet. */
export interface Point {
  kind: string
  at: string
  seq: number
  attempt: number
  name: string
  value: number
  unit?: string
  labels?: Record<string, string>
}

/** Where a viewer stands: `[epoch, line, seq]`. */
export type Position = readonly [epoch: string, line: number, seq: number]

export interface Gap {
  facet: 'log' | 'metric'
  /** Lines of the log, seqs of metrics; both included. */
  from: number
  to: number
  why: string
  /** Leads to what is still kept of them. */
  url?: string
}

export interface Finished {
  state: FinalState
  seq: number
  line: number
  result?: Json
  /** Where the result is, when it is above 64 KB. */
  resultUrl?: string
  error?: RunError & { details?: Json }
  /** Whether every line from the first one asked for arrived, proved by count and by `log_hash` where it is known. */
  isComplete: boolean
}

/** How a host, process, queue or route was doing over some seconds (`model/samples.py`). */
export interface Sample {
  kind: 'host' | 'server' | 'worker' | 'queue' | 'ended' | 'route' | 'database' | 'gateway' | 'canary'
  name: string
  /** The end of the time that it stands for. */
  at: string
  seconds: number
  levels: Record<string, number>
  counts: Record<string, number>
  /** Medians, in seconds. */
  p50: Record<string, number | null>
  p95: Record<string, number | null>
}
