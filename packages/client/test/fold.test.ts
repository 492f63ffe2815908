import { describe, expect, it } from 'vitest'

import { applyPatch, fold, foldAll, foldInto, foldPatches, type JournalEvent } from '../src/fold'
import type { View } from '../src/types'
import type { Patch } from '../src/wire'
import { casesOf } from './cases'

const VIEW_LIMIT = 32_768

interface FoldCase {
  name: string
  events: (JournalEvent & { repeat?: number })[]
  view?: View
  has?: Record<string, unknown>
  count?: Record<string, number>
}

/** `{40×text}` and `{n}` written out. */
function speltOut(value: unknown, number?: number): unknown {
  if (typeof value === 'string') {
    const text = number === undefined ? value : value.replaceAll('{n}', String(number))
    return text.replace(/\{(\d+)×([^}]*)\}/g, (_, times: string, what: string) => what.repeat(Number(times)))
  }
  if (Array.isArray(value)) return value.map((item) => speltOut(item, number))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [speltOut(key, number), speltOut(item, number)]))
}

function eventsOf({ events }: FoldCase): JournalEvent[] {
  return events.flatMap(({ repeat, ...event }) => {
    const numbers = repeat === undefined ? [undefined] : Array.from({ length: repeat }, (_, index) => index + 1)
    return numbers.map((number) => speltOut({ ...event, at: event.at ?? 'T' }, number) as JournalEvent)
  })
}

function at(view: View, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], view)
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Folds, checking after each event what conformance/fold/README.md says holds for all of them. */
function checkSound(events: JournalEvent[]): View {
  const view: View = {}
  const sinceStart: View = {}
  let applied: View = {}
  let whole: Patch = {}
  let gathered: Patch = {}
  for (const event of events) {
    const given = structuredClone(event)
    const patch = copy(fold(view, event))
    expect(event).toEqual(given)
    const before = copy(applied)
    const next = applyPatch(applied, patch)
    expect(applied).toEqual(before)
    applied = next
    expect(applied, `the patch of ${event.kind} does not say what changed`).toEqual(view)
    whole = foldPatches(whole, patch)
    gathered = foldInto(sinceStart, event, gathered)
    expect(new TextEncoder().encode(JSON.stringify(view)).length).toBeLessThanOrEqual(VIEW_LIMIT)
  }
  expect(applyPatch({}, whole), 'patches folded together must say the same').toEqual(view)
  expect(applyPatch({}, gathered)).toEqual(view)
  expect(sinceStart).toEqual(view)
  expect(foldAll(events), 'folding twice must give the same').toEqual(view)
  for (let start = 0; start < Math.min(events.length, 20); start++)
    expect(foldAll(events.slice(start), foldAll(events.slice(0, start)))).toEqual(view)
  return view
}

describe('the fold', () => {
  for (const { file, name, case: one } of casesOf<FoldCase>('fold'))
    it(`${file}: ${name}`, () => {
      const view = checkSound(eventsOf(one))
      if (one.view) expect(view).toEqual(speltOut(one.view))
      for (const [path, value] of Object.entries(one.has ?? {})) expect(at(view, path) ?? null, path).toEqual(speltOut(value))
      for (const [path, items] of Object.entries(one.count ?? {})) expect(Object.keys(at(view, path) as object).length, path).toBe(items)
    })

  it('keeps the order of items whose names look like numbers', () => {
    const events = ['7', '3', '5'].map((step) => ({ kind: 'step.started', at: 'T', step, name: `n${step}` }))
    const ended = { kind: 'step.ended', at: 'T', step: '5', outcome: 'succeeded' }
    expect(foldAll([...events, ended]).stage).toBe('n3')
  })

  it('takes names that mean something to JavaScript as names', () => {
    const view = checkSound(['__proto__', 'constructor', 'toString'].map((bar) => ({ kind: 'progress.reported', at: 'T', bar, done: 1 })))
    expect(Object.keys(view.bars ?? {})).toEqual(['__proto__', 'constructor', 'toString'])
    expect(({} as Record<string, unknown>)['done']).toBeUndefined()
  })

  it('rounds what lies in the middle to the even side, as Python does', () => {
    const rate = (done: number, seconds: number) =>
      foldAll([{ kind: 'progress.reported', at: 'T', done, elapsed_seconds: seconds }]).progress?.rate
    expect(rate(1, 128)).toBe(0.007812) // 0.0078125
    expect(rate(3, 128)).toBe(0.023438) // 0.0234375
    expect(rate(1, 3)).toBe(0.333333)
  })
})
