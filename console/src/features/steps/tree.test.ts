import { describe, expect, it } from 'vitest'

import { parseKey, StepTree } from './tree'

const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 9, 30, second)).toISOString()
const entry = (kind: string, second: number, more: object): never =>
  ({ kind, at: at(second), seq: 1, line: 1, attempt: 1, ...more }) as never

function names(tree: StepTree, folded = new Set<string>()): string[] {
  return tree.rows(folded).map((row) => '  '.repeat(row.depth) + (row.node.name || `attempt ${row.node.attempt}`))
}

describe('the tree of steps', () => {
  it('nests steps, whether they come from the list or from the log', () => {
    const tree = new StepTree()
    tree.takeSteps([
      { id: '1', attempt: 1, name: 'fetch', started_at: at(0), ended_at: at(3), outcome: 'succeeded' },
      { id: '2', attempt: 1, name: 'parse', parent: null, started_at: at(3) },
    ])
    tree.takeEntry(entry('step.started', 4, { step: '3', name: 'page 1', parent: '2' }))
    tree.takeEntry(entry('step.ended', 5, { step: '3', outcome: 'failed' }))
    tree.takeEntry(entry('step.started', 4, { step: '3', name: 'page 1', parent: '2' }))
    expect(names(tree)).toEqual(['fetch', 'parse', '  page 1'])
    expect(names(tree, new Set(['1.2']))).toEqual(['fetch', 'parse'])
    expect(tree.get('1.3')).toMatchObject({ outcome: 'failed', endedAt: Date.parse(at(5)) })
    expect(tree.ancestors('1.3')).toEqual(['1.2'])
    expect(tree.size).toBe(3)
  })

  it('is in the order of the list, also when the end of the log came before it', () => {
    const tree = new StepTree()
    const step = (id: string) => ({ id, attempt: 1, name: `step ${id}`, started_at: at(Number(id)) })
    tree.takeSteps([step('8'), step('9')])
    tree.takeSteps(['1', '2', '8', '9'].map(step))
    expect(names(tree)).toEqual(['step 1', 'step 2', 'step 8', 'step 9'])
    tree.takeSteps(['2', '8', '9', '10'].map(step))
    expect(names(tree)).toEqual(['step 1', 'step 2', 'step 8', 'step 9', 'step 10'])
  })

  it('groups by attempt once there are two, and ends what an attempt left open', () => {
    const tree = new StepTree()
    tree.takeAttempts([{ number: 1, started_at: at(0) }])
    tree.takeEntry(entry('step.started', 1, { step: '1', name: 'read' }))
    expect(names(tree)).toEqual(['read'])
    tree.takeEntry(entry('attempt.ended', 6, { outcome: 'lost' }))
    tree.takeEntry(entry('attempt.started', 7, { attempt: 2 }))
    tree.takeEntry(entry('step.started', 8, { attempt: 2, step: '1', name: 'read' }))
    expect(names(tree)).toEqual(['attempt 1', '  read', 'attempt 2', '  read'])
    expect(tree.get('1.1')).toMatchObject({ outcome: 'lost', endedAt: Date.parse(at(6)) })
    expect(tree.get('2.1')?.endedAt).toBeNull()
  })

  it('holds 10,000 steps nested without end', () => {
    const tree = new StepTree()
    for (let id = 0; id < 10_000; id += 1)
      tree.takeEntry(entry('step.started', 1, { step: String(id), name: 'deeper', parent: String(id - 1) }))
    const rows = tree.rows(new Set())
    expect(rows).toHaveLength(10_000)
    expect(Math.max(...rows.map((row) => row.depth))).toBe(12)
  })

  it('reads its keys', () => {
    expect(parseKey('2.a.b')).toEqual({ attempt: 2, id: 'a.b' })
    expect(parseKey('nonsense')).toBeNull()
  })
})
