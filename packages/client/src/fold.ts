/**
 * The fold: view + event -> view, as `src/headway/model/fold.py` has it and `conformance/fold/*.yaml` specifies it. The view at any `seq`
 * can be made again from the events up to it.
 */

import {
  crowdedOut, isSameSize, type Item, type Items, keep, keyOf, labelsOf, MAIN_BAR, type MapName, MESSAGE_TEXT, NAME_TEXT, namesOf, numberOf,
  short, tagsOf, UNIT_TEXT,
} from './bounds' // prettier-ignore
import { define, foldPatches } from './patches'
import type { View } from './types'
import type { Patch } from './wire'

export { applyPatch, foldPatches } from './patches'

/** A recorded event: `kind`, `at`, and what the kind carries (PROTOCOL.md section 1). */
export interface JournalEvent {
  kind: string
  at: string
  [field: string]: unknown
}

type Tree = Record<string, unknown>
type Fold = (view: Tree, event: JournalEvent, patch: Tree) => void

/** A rate forgets half of the past in this time. */
const RATE_HALF_LIFE_SECONDS = 10

/** Fold an event into `view`, in place, and return the change as a merge patch. An unknown kind changes no picture. */
export function fold(view: View, event: JournalEvent): Patch {
  const patch: Patch = {}
  FOLDS[event.kind]?.(view as Tree, event, patch)
  return patch
}

/** The view after `events`, from nothing or from a view before them (which is not changed). */
export function foldAll(events: Iterable<JournalEvent>, before: View = {}): View {
  const view = structuredCloneOf(before)
  for (const event of events) fold(view, event)
  return view
}

function structuredCloneOf(view: View): View {
  return JSON.parse(JSON.stringify(view)) as View
}

const treeOf = (view: Tree, key: string): Tree => (view[key] ??= {}) as Tree
const itemsOf = (view: Tree, key: MapName): Items | undefined => view[key] as Items | undefined
/** As Python has it: without the byte order mark, with the separators of ASCII. */
const isBlank = (text: string) => /^(?:[^\S\ufeff]|[\x1c-\x1f\x85])*$/.test(text)
const timeOf = (event: JournalEvent) => short(event.at, 30)
const isSame = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other)

/** Set or (for an empty value) remove a key, and say so if that changes anything. */
function set(view: Tree, patch: Tree, key: string, value: unknown): void {
  if (value === null || value === undefined) {
    if (!(key in view)) return
    Reflect.deleteProperty(view, key)
    patch[key] = null
  } else if (!isSame(view[key], value)) view[key] = patch[key] = value
}

/** What an item of each map may lack. Everything else in it is always there. */
const LACKING: Record<MapName, readonly string[]> = {
  bars: ['name', 'total', 'unit', 'message', 'step', 'rate', 'eta_seconds', 'elapsed_seconds', 'is_closed'],
  steps: ['parent'],
  metrics: ['unit', 'labels'],
}

/**
 * Set or remove an item of a map in the view, and keep the map within its limits. The patch says what the item lacks, too: folded with an
 * earlier removal of the same item it still is the whole truth.
 */
function put(view: Tree, patch: Tree, map: MapName, name: string, item: Item | null): void {
  const items = treeOf(view, map) as Items
  const changes = treeOf(patch, map) as Items
  const before = Object.hasOwn(items, name) ? items[name] : undefined
  if (item === null) {
    if (before) removeItem(items, changes, name)
    return
  }
  keep(items, name, item)
  const lacks = LACKING[map].filter((key) => !(key in item))
  define(changes, name, { ...Object.fromEntries(lacks.map((key) => [key, null])), ...item })
  if (before && isSameSize(before, item)) return
  for (const [where, gone] of crowdedOut(view as Partial<Record<MapName, Items>>, map, name))
    removeItem(treeOf(view, where) as Items, treeOf(patch, where) as Items, gone)
}

function removeItem(items: Items, changes: Tree, name: string): void {
  keep(items, name, null)
  define(changes, name, null)
}

function count(view: Tree, patch: Tree, name: string, by = 1): void {
  const counters = treeOf(view, 'counters') as Record<string, number>
  const sum = numberOf((counters[name] ?? 0) + by) ?? 0
  counters[name] = treeOf(patch, 'counters')[name] = sum
}

const logWritten: Fold = (view, event, patch) => {
  count(view, patch, 'lines')
  count(view, patch, String(event['level']))
  const text = String(event['text'])
  if (!isBlank(text)) view['last_line'] = patch['last_line'] = { text: short(text), level: event['level'], at: timeOf(event) }
}

const stepStarted: Fold = (view, event, patch) => {
  const name = short(event['name'], NAME_TEXT)
  const parent = event['parent'] ? { parent: keyOf(event['parent']) } : {}
  put(view, patch, 'steps', keyOf(event['step']), { name, ...parent, started_at: timeOf(event) })
  set(view, patch, 'stage', name || null)
}

const stepEnded: Fold = (view, event, patch) => {
  const step = keyOf(event['step'])
  if (namesOf(itemsOf(view, 'steps')).includes(step)) put(view, patch, 'steps', step, null)
  count(view, patch, 'steps_ended')
  if (event['outcome'] === 'failed') count(view, patch, 'steps_failed')
  const bars = itemsOf(view, 'bars')
  for (const name of namesOf(bars)) {
    const bar = bars?.[name]
    if (bar?.['step'] === step && !bar['is_closed']) put(view, patch, 'bars', name, { ...bar, is_closed: true })
  }
  const newest = namesOf(itemsOf(view, 'steps')).at(-1)
  if (newest !== undefined) set(view, patch, 'stage', itemsOf(view, 'steps')?.[newest]?.['name'] || null)
}

const BAR_TEXTS = [['name', NAME_TEXT], ['unit', UNIT_TEXT], ['message', MESSAGE_TEXT]] as const // prettier-ignore
const HEADER = ['name', 'done', 'total', 'unit', 'message', 'rate', 'eta_seconds', 'at']

const progress: Fold = (view, event, patch) => {
  const done = numberOf(event['done'])
  if (done === null) return
  const name = keyOf('bar' in event ? event['bar'] : MAIN_BAR)
  const held = itemsOf(view, 'bars')
  let before: Item = (held && Object.hasOwn(held, name) ? held[name] : undefined) ?? {}
  if (event['is_closed'] === false && before['is_closed']) before = {} // said to be open again: a loop that runs anew, with a rate of its own
  const bar = barOf(event, before, done)
  put(view, patch, 'bars', name, bar)
  const main = itemsOf(view, 'bars')?.[MAIN_BAR]
  if (name === MAIN_BAR || !main || (main['is_closed'] && !('is_closed' in bar))) showInHeader(view, patch, bar)
}

function barOf(event: JournalEvent, before: Item, done: number): Item {
  const bar: Item = { done, at: timeOf(event) }
  for (const [key, limit] of BAR_TEXTS) {
    const text = key in event ? short(event[key], limit) : before[key]
    if (text) bar[key] = text
  }
  const total = 'total' in event ? numberOf(event['total']) : ((before['total'] as number | undefined) ?? null)
  if (total !== null) bar['total'] = total
  if ('step' in event) bar['step'] = keyOf(event['step'])
  else if ('step' in before) bar['step'] = before['step']
  if ('is_closed' in event ? event['is_closed'] : before['is_closed']) bar['is_closed'] = true
  const elapsed = numberOf(event['elapsed_seconds'])
  if (elapsed !== null) bar['elapsed_seconds'] = elapsed
  const rate = rateOf(before, bar)
  if (rate === null) {
    // The wait for the first item belongs to the first rate.
    if (done === before['done'] && 'elapsed_seconds' in before) bar['elapsed_seconds'] = before['elapsed_seconds']
    return bar
  }
  bar['rate'] = rate
  const eta = total !== null && rate > 0 ? numberOf(rounded(Math.max(0, total - done) / rate, 3)) : null
  if (eta !== null) bar['eta_seconds'] = eta
  return bar
}

function showInHeader(view: Tree, patch: Tree, bar: Item): void {
  const header = Object.fromEntries(HEADER.filter((key) => key in bar).map((key) => [key, bar[key]]))
  const gone = Object.keys((view['progress'] as Tree | undefined) ?? {}).filter((key) => !(key in header))
  view['progress'] = header
  patch['progress'] = { ...Object.fromEntries(gone.map((key) => [key, null])), ...header }
}

/**
 * Items a second, smoothed over time rather than over reports: the weight of the newest interval is 1 - 2^(-interval / half-life), so that
 * many small reports and one large one over the same time give the same rate.
 */
function rateOf(before: Item, bar: Item): number | null {
  const smoothed = (before['rate'] as number | undefined) ?? null
  const elapsed = bar['elapsed_seconds'] as number | undefined
  if (elapsed === undefined) return smoothed
  const since = elapsed - ((before['elapsed_seconds'] as number | undefined) ?? 0)
  const more = (bar['done'] as number) - ((before['done'] as number | undefined) ?? 0)
  if (since <= 0 || more < 0) return smoothed
  const newest = numberOf(more / since)
  if (newest === null) return smoothed // so much in so short a time that no number says it
  if (smoothed === null) return newest ? rounded(newest, 6) : null
  return rounded(smoothed + (1 - 2 ** (-since / RATE_HALF_LIFE_SECONDS)) * (newest - smoothed), 6)
}

/** As Python rounds: exactly, and what lies in the very middle to the even side. */
function rounded(value: number, digits: number): number {
  if (!(Math.abs(value) < 1e15)) return value
  const near = Number(value.toFixed(digits))
  const exact = value.toFixed(Math.min(100, digits + 40))
  const isMiddle = /^50*$/.test(exact.slice(exact.indexOf('.') + 1 + digits))
  if (!isMiddle) return near
  const below = exact.slice(0, exact.indexOf('.') + 1 + digits)
  return /[02468]\.?$/.test(below) ? Number(below) : near
}

const status: Fold = (view, event, patch) => {
  if ('stage' in event) set(view, patch, 'stage', short(event['stage'], NAME_TEXT) || null)
  if ('text' in event) set(view, patch, 'status_text', short(event['text']) || null)
}

const metric: Fold = (view, event, patch) => {
  const value = numberOf(event['value'])
  if (value === null) return
  const item: Item = { value, at: timeOf(event) }
  if (event['unit']) item['unit'] = short(event['unit'], UNIT_TEXT)
  const labels = labelsOf((event['labels'] as Record<string, unknown> | null) ?? {})
  const suffix = labels.length ? `{${labels.map(([label, text]) => `${label}="${text}"`).join(',')}}` : ''
  if (labels.length) item['labels'] = Object.fromEntries(labels)
  put(view, patch, 'metrics', keyOf(String(event['name']) + suffix), item)
}

const DESCRIBED = ['name', 'project', 'run_kind', 'task', 'by', 'tags', 'priority', 'parent']

function described(key: string, value: unknown): unknown {
  if (typeof value === 'string') return short(value, key === 'name' ? NAME_TEXT * 2 : NAME_TEXT)
  return Array.isArray(value) ? tagsOf(value) : numberOf(value)
}

const created: Fold = (view, event, patch) => {
  for (const key of DESCRIBED) set(view, patch, key, described(key, event[key]))
  set(view, patch, 'created_at', timeOf(event))
}

const edited: Fold = (view, event, patch) => {
  for (const key of ['name', 'tags', 'priority', 'parent']) if (key in event) set(view, patch, key, described(key, event[key]))
}

/** A new attempt starts with a clean picture. The maps stay, empty: a patch that removed a map could not be folded with one that fills it. */
const attemptStarted: Fold = (view, event, patch) => {
  for (const key of ['bars', 'steps', 'metrics', 'progress']) {
    const gone = Object.keys((view[key] as Tree | undefined) ?? {})
    if (!gone.length) continue
    patch[key] = Object.fromEntries(gone.map((name) => [name, null]))
    view[key] = {}
  }
  for (const key of ['stage', 'status_text', 'error', 'reason', 'is_throttled', 'is_silent']) set(view, patch, key, null)
  set(view, patch, 'attempt', numberOf(event['attempt']))
  set(view, patch, 'worker', short(event['worker'], NAME_TEXT) || null)
  if (!('started_at' in view)) set(view, patch, 'started_at', timeOf(event))
}

const attemptEnded: Fold = (view, event, patch) => {
  count(view, patch, 'attempts_ended')
  if (event['outcome'] !== 'succeeded' && 'error' in event) setError(view, patch, event['error'])
}

const ERROR_TEXTS = [['code', 60], ['type', NAME_TEXT], ['message', 300]] as const // prettier-ignore
const NO_ERROR = { code: null, type: null, message: null, is_retryable: null }

/** What a person needs to see; details and traceback stand in the journal. The patch says what this error lacks, as an item's does. */
function setError(view: Tree, patch: Tree, given: unknown): void {
  const error = (given ?? {}) as Tree
  const shown: Tree = Object.fromEntries(ERROR_TEXTS.filter(([key]) => error[key]).map(([key, limit]) => [key, short(error[key], limit)]))
  if (typeof error['is_retryable'] === 'boolean') shown['is_retryable'] = error['is_retryable']
  if (isSame(view['error'], shown)) return
  view['error'] = shown
  patch['error'] = { ...NO_ERROR, ...shown }
}

const FINAL = new Set(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost'])
const ACTIVE = new Set(['running', 'pausing', 'cancelling'])
const WAITING = ['scheduled', 'awaiting_approval', 'queued', 'paused', 'retrying']

const stateChanged: Fold = (view, event, patch) => {
  const state = event.kind.slice('run.'.length)
  set(view, patch, 'state', state)
  set(view, patch, 'reason', short(event['reason'], NAME_TEXT * 2) || null)
  if ('error' in event) setError(view, patch, event['error'])
  else if (state === 'succeeded') set(view, patch, 'error', null)
  set(view, patch, 'until', short(event['until'], 30) || null)
  if (state !== 'awaiting_approval') set(view, patch, 'approval', null)
  if (state === 'queued') set(view, patch, 'queued_at', timeOf(event))
  if (FINAL.has(state)) {
    set(view, patch, 'finished_at', timeOf(event))
    set(view, patch, 'is_silent', null)
    set(view, patch, 'is_throttled', null)
  }
  if (!ACTIVE.has(state)) set(view, patch, 'worker', null)
}

const STATES: readonly string[] = [...FINAL, ...ACTIVE, ...WAITING]

function childrenCounted(view: Tree, event: JournalEvent, patch: Patch): void {
  const states = (event['states'] ?? {}) as Tree
  const counted = STATES.filter((state) => states[state]).map((state) => [state, numberOf(states[state])] as const)
  const shown: Tree = { total: numberOf(event['total']), done: numberOf(event['done']), ...Object.fromEntries(counted) }
  const before = view['children'] as Tree | undefined
  const isNew =
    !before || Object.keys(before).length !== Object.keys(shown).length || Object.keys(shown).some((key) => before[key] !== shown[key])
  if (!isNew) return
  view['children'] = shown
  patch['children'] = { ...Object.fromEntries(STATES.map((state) => [state, null])), ...shown }
}

const logDeleted: Fold = (view, event, patch) => {
  set(view, patch, 'log_deleted', { to: event['to'], by: short(event['by'], NAME_TEXT), at: timeOf(event) })
  set(view, patch, 'last_line', null)
}

const approvalRequested: Fold = (view, event, patch) => {
  const wanted: Tree = { id: short(event['approval'], 40), needed: numberOf(event['needed']), given: 0 }
  if (event['until']) wanted['until'] = short(event['until'], 30)
  set(view, patch, 'approval', wanted)
}

const approvalApproved: Fold = (view, event, patch) => {
  if ('approval' in view && 'given' in event)
    set(view, patch, 'approval', { ...(view['approval'] as Tree), given: numberOf(event['given']) })
}

const FOLDS: Readonly<Record<string, Fold>> = {
  'log.written': logWritten,
  'step.started': stepStarted,
  'step.ended': stepEnded,
  'progress.reported': progress,
  'status.reported': status,
  'metric.reported': metric,
  'artifact.added': (view, _, patch) => count(view, patch, 'artifacts'),
  'result.stored': (view, _, patch) => set(view, patch, 'has_result', true),
  'output.dropped': (view, event, patch) => count(view, patch, 'dropped_lines', numberOf(event['line_count']) ?? 0),
  'checkpoint.stored': (view, event, patch) => set(view, patch, 'checkpoint', event['number']),
  'children.counted': childrenCounted,
  'run.throttled': (view, event, patch) => set(view, patch, 'is_throttled', event['is_throttled'] || null),
  'run.silent': (view, event, patch) => set(view, patch, 'is_silent', event['is_silent'] || null),
  'log.deleted': logDeleted,
  'approval.requested': approvalRequested,
  'approval.approved': approvalApproved,
  'run.created': created,
  'run.edited': edited,
  'attempt.started': attemptStarted,
  'attempt.ended': attemptEnded,
  ...Object.fromEntries([...FINAL, ...ACTIVE, ...WAITING].map((state) => [`run.${state}`, stateChanged])),
}

/** Fold an event into `view` and its change into a patch that holds earlier ones; gives the new patch. */
export function foldInto(view: View, event: JournalEvent, patch: Patch): Patch {
  return foldPatches(patch, fold(view, event))
}
