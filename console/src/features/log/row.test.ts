import type { Entry } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { lookOf } from './row'

const line = (more: Partial<Entry>): Entry => ({ kind: 'log.written', at: '2026-11-22T09:30:00Z', seq: 1, line: 1, attempt: 1, ...more })

describe('what a row shows of its entry', () => {
  it('goes by level', () => {
    expect(lookOf(line({ level: 'info', text: 'read' }))).toMatchObject({ tone: 'plain', icon: null, isEvent: false, hasMore: false })
    expect(lookOf(line({ level: 'debug' })).tone).toBe('debug')
    expect(lookOf(line({ level: 'warning' }))).toMatchObject({ tone: 'warning', icon: 'i-lucide-triangle-alert' })
    expect(lookOf(line({ level: 'critical' }))).toMatchObject({ tone: 'error', icon: 'i-lucide-octagon-alert' })
  })

  it('tells events from lines, and bad ones from good', () => {
    expect(lookOf(line({ kind: 'attempt.started' }))).toMatchObject({ isEvent: true, tone: 'plain', icon: 'i-lucide-play' })
    expect(lookOf(line({ kind: 'attempt.ended', outcome: 'failed' }))).toMatchObject({ isEvent: true, tone: 'error', icon: 'i-lucide-x' })
  })

  it('knows when there is more to see', () => {
    const traceback =
      'Traceback (most recent call last):\n  File "/srv/marks/grade.py", line 12, in grade\n    1 / 0\nZeroDivisionError: division by zero'
    expect(lookOf(line({ text: 'failed', traceback }))).toMatchObject({
      hasMore: true,
      frame: ' · marks/grade.py:12 grade · ZeroDivisionError: division by zero',
    })
    for (const text of ['two\nlines', '{"is": "JSON"}', 'x'.repeat(9000)]) expect(lookOf(line({ text })).hasMore).toBe(true)
    expect(lookOf(line({ text: 'x', context: { sheet: 7 } })).hasMore).toBe(true)
  })

  it('is the same object for the same entry', () => {
    const entry = line({ text: 'once' })
    expect(lookOf(entry)).toBe(lookOf(entry))
  })
})
