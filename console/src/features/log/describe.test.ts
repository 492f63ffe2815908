import type { Entry } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { jsonOf, lastFrame, told, tracebackOf } from './describe'

const entry = (kind: string, more: object = {}): Entry => ({ kind, at: '2026-11-22T09:30:00.000Z', seq: 1, line: 1, attempt: 1, ...more })

const TRACEBACK = `Traceback (most recent call last):
  File "/srv/app/grading/marks.py", line 12, in mark
    check(sheet)
  File "/srv/app/grading/sheets.py", line 40, in check
    raise ValueError("no such sheet")
ValueError: no such sheet
`

describe('entries that are no lines of text', () => {
  it('are told in words with what belongs to them', () => {
    expect(told(entry('step.ended', { step: '3', outcome: 'failed', duration_seconds: 1.5 }))).toMatchObject({
      message: 'stepEnded',
      tone: 'bad',
    })
    expect(told(entry('attempt.ended', { outcome: 'released' }))).toMatchObject({ tone: 'quiet' })
    expect(told(entry('attempt.started', { worker: 'w1', checkpoint: 4 }))?.message).toBe('attemptStartedFrom')
    expect(told(entry('command.given', { do: 'cancel', by: 'anna', args: { reason: 'too slow' } }))?.values['reason']?.of).toBe('too slow')
    expect(told(entry('command.given', { do: 'cancel', by: 'anna', args: null }))?.message).toBe('commandGiven')
    expect(told(entry('output.dropped', { line_count: 4, byte_count: 100, reason: 'quota' }))).toMatchObject({ tone: 'bad' })
  })

  it('of a kind that is not known are shown as they are', () => {
    expect(told(entry('sheet.scanned'))).toBeNull()
    expect(told(entry('log.written', { text: 'hello' }))).toBeNull()
  })
})

describe('tracebacks', () => {
  it('are told by their last frame', () => {
    expect(lastFrame(TRACEBACK)).toEqual({ place: 'grading/sheets.py:40 check', said: 'ValueError: no such sheet' })
    expect(lastFrame('nothing of the kind')).toBeNull()
  })

  it('stand in a line or in the error of what ended', () => {
    expect(tracebackOf(entry('log.written', { traceback: TRACEBACK }))).toBe(TRACEBACK)
    expect(tracebackOf(entry('attempt.ended', { error: { traceback: TRACEBACK } }))).toBe(TRACEBACK)
    expect(tracebackOf(entry('attempt.ended', { error: { traceback: 7 } }))).toBeNull()
    expect(tracebackOf(entry('attempt.ended', { error: null }))).toBeNull()
  })
})

describe('lines of JSON', () => {
  it('can be opened if they are objects or lists', () => {
    expect(jsonOf(' {"a": [1]} ')).toEqual({ a: [1] })
    expect(jsonOf('[1, 2]')).toEqual([1, 2])
    for (const text of ['{broken}', '12', '"text"', 'null', '', `[${'1,'.repeat(40_000)}1]`]) expect(jsonOf(text)).toBeNull()
  })
})
