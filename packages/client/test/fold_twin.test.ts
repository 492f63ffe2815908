import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

import { foldAll, type JournalEvent } from '../src/fold'
import { ROOT } from './cases'
import { below, oneOf, randomOf } from './random'

const PYTHON = join(ROOT, '.venv/bin/python')
const FOLD = `
import json, sys
from headway.model.fold import fold
views = []
for events in json.load(sys.stdin):
    view = {}
    for event in events:
        fold(view, event)
    views.append(view)
json.dump(views, sys.stdout)
`
const STATES = ['queued', 'running', 'pausing', 'paused', 'cancelling', 'retrying', 'succeeded', 'failed', 'lost', 'scheduled']
const TEXTS = ['', ' ', 'one', 'zwei\u0000drei', 'naïve 字 🙂', 'a"b\\c', '\u00a0', '\ufeff', '\u0085', '\ud800half', 'x'.repeat(59), 'é'.repeat(70), '🙂'.repeat(200), '12', '007', '\u202e'] // prettier-ignore

/** An event of any kind, as a worker might report it on a bad day. */
function eventOf(random: () => number): JournalEvent {
  const text = () => oneOf(random, TEXTS)
  const number = () => oneOf(random, [0, 1, -2, 0.5, below(random, 1000), random() * 1e3, 1 / 3, 2 ** 60, 1e299, 1e301])
  const maybe = (fields: Record<string, unknown>) => Object.fromEntries(Object.entries(fields).filter(() => random() < 0.5))
  const id = () => oneOf(random, [...TEXTS.filter(Boolean), `s${below(random, 150)}`, String(below(random, 150))])
  const error = () => maybe({ code: text(), type: text(), message: text(), is_retryable: random() < 0.5, details: { a: 1 } })
  const kinds: (() => Record<string, unknown>)[] = [
    () => ({ kind: 'log.written', level: oneOf(random, ['debug', 'info', 'warning', 'error', 'critical']), text: text() }),
    () => ({ kind: 'step.started', step: id(), name: text(), ...maybe({ parent: id() }) }),
    () => ({ kind: 'step.ended', step: id(), outcome: oneOf(random, ['succeeded', 'failed']) }),
    () => ({ kind: 'progress.reported', done: number(), ...maybe({ bar: id(), name: text(), unit: text(), message: text(), total: oneOf(random, [null, number()]), step: id(), elapsed_seconds: below(random, 100) / 4, is_closed: random() < 0.5 }) }), // prettier-ignore
    () => ({ kind: 'progress.reported', done: below(random, 100), total: 100, elapsed_seconds: below(random, 400) / 4 }),
    () => ({ kind: 'status.reported', ...maybe({ stage: text(), text: text() }) }),
    () => ({ kind: 'metric.reported', name: id(), value: number(), ...maybe({ unit: text(), labels: Object.fromEntries([[text(), text()], ['b', 3], ['flag', true], ['x', null], ['\uffff', 'a'], ['🙂', 'b']]) }) }), // prettier-ignore
    () => ({ kind: 'artifact.added', artifact: 'a', name: text() }),
    () => ({ kind: 'output.dropped', line_count: below(random, 9), byte_count: 1, reason: 'quota' }),
    () => ({ kind: 'run.throttled', is_throttled: random() < 0.5 }),
    () => ({ kind: 'run.created', name: text(), project: 'default', run_kind: 'task', ...maybe({ task: text(), tags: [text(), text(), 'y'.repeat(below(random, 900))], priority: below(random, 5) }) }), // prettier-ignore
    () => ({ kind: 'run.edited', ...maybe({ name: text(), tags: [text()], priority: 3 }) }),
    () => ({ kind: 'attempt.started', attempt: below(random, 4), ...maybe({ worker: text() }) }),
    () => ({ kind: 'attempt.ended', attempt: 1, outcome: oneOf(random, ['succeeded', 'failed', 'lost']), ...maybe({ error: error() }) }),
    () => ({ kind: `run.${oneOf(random, STATES)}`, ...maybe({ reason: text(), until: text(), error: error() }) }),
    () => ({ kind: 'something.newer', value: 1 }),
  ]
  return { at: `2026-11-22T09:${below(random, 60)}`, ...oneOf(random, kinds)() } as JournalEvent
}

it.skipIf(!existsSync(PYTHON))('gives what the Python fold gives, whatever is reported', () => {
  const journals = Array.from({ length: 400 }, (_, seed) => {
    const random = randomOf(seed)
    return Array.from({ length: 5 + below(random, 120) }, () => eventOf(random))
  })
  const views = JSON.parse(
    execFileSync(PYTHON, ['-c', FOLD], { input: JSON.stringify(journals), maxBuffer: 1 << 28, encoding: 'utf8' }),
  ) as unknown[]
  journals.forEach((events, seed) => expect(foldAll(events), `seed ${seed}`).toEqual(views[seed]))
})
