import { describe, expect, it } from 'vitest'

import { cellAt, cellsOf, layOut, pathsOf, ROW_PX, statesIn } from './cells'
import { countsOf } from './counts'

const NAMES = { s: 'succeeded', f: 'failed', r: 'running', q: 'queued' }

describe('the strip of a family', () => {
  it('is at most four rows high and as wide as there is room, however many there are', () => {
    for (const width of [0, 1, 320, 1_056, 1_216, 3_000])
      for (const count of [1, 2, 40, 1_000, 9_999, 10_000]) {
        const { cellWidth, columns, rows, merged } = layOut(count, width)
        expect(rows).toBeLessThanOrEqual(4)
        expect(columns * cellWidth).toBeLessThanOrEqual(Math.max(5, width))
        expect(columns * rows * merged, `${String(count)} in ${String(width)} px`).toBeGreaterThanOrEqual(count)
        expect(cellWidth).toBeGreaterThanOrEqual(5)
      }
  })

  it('has a cell for each of few, and one for several of many', () => {
    expect(layOut(40, 1_200)).toMatchObject({ merged: 1, rows: 1, cellWidth: 26 })
    expect(layOut(10_000, 1_200)).toMatchObject({ merged: 11, rows: 4, cellWidth: 5 })
  })

  it('hides none that failed among those that did not, and says how many share the cell', () => {
    const letters = 's'.repeat(15) + 'f' + 's'.repeat(5) + 'r'
    const cells = cellsOf(letters, NAMES, 10)
    expect(cells).toEqual([
      { first: 0, count: 10, place: 0, state: 'succeeded' },
      { first: 10, count: 10, place: 15, state: 'failed' },
      { first: 20, count: 2, place: 21, state: 'running' },
    ])
    expect(cells.map((cell) => statesIn(cell, letters, NAMES))).toEqual([
      [{ state: 'succeeded', count: 10 }],
      [{ state: 'failed', count: 1 }, { state: 'succeeded', count: 9 }],
      [{ state: 'running', count: 1 }, { state: 'succeeded', count: 1 }],
    ]) // prettier-ignore
  })

  it('says of a letter that it does not know that it does not', () => {
    expect(cellsOf('x', NAMES, 1)[0]?.state).toBe('unknown')
  })

  it('is one path a state, and the same point leads back to the cell', () => {
    const layout = layOut(10_000, 1_200)
    const cells = cellsOf('s'.repeat(9_000) + 'f' + 'q'.repeat(999), NAMES, layout.merged)
    expect(pathsOf(cells, layout).map(({ state }) => state)).toEqual(['queued', 'succeeded', 'failed'])
    for (const at of [0, 239, 240, cells.length - 1]) {
      const [x, y] = [(at % layout.columns) * layout.cellWidth + 1, Math.floor(at / layout.columns) * ROW_PX + 1]
      expect(cellAt(x, y, cells.length, layout)).toBe(at)
    }
    expect(cellAt(-1, 0, cells.length, layout)).toBeNull()
    expect(cellAt(1, 4 * ROW_PX, cells.length, layout)).toBeNull()
  })

  it('is laid out and drawn within a picture for ten thousand', () => {
    const letters = Array.from({ length: 10_000 }, (_, at) => 'sfrq'[at % 4]).join('')
    const began = performance.now()
    for (let turn = 0; turn < 20; turn += 1) {
      const layout = layOut(letters.length, 1_200)
      pathsOf(cellsOf(letters, NAMES, layout.merged), layout)
    }
    expect((performance.now() - began) / 20).toBeLessThan(50)
  })
})

describe('the counts of a family', () => {
  it('are told from states where nobody has said them', () => {
    const counts = countsOf({ succeeded: 3, failed: 1, lost: 1, running: 2 })
    expect(counts).toMatchObject({ total: 7, done: 5, ended: 5, failed: 2 })
    expect(countsOf({ total: 7, done: 5.5, succeeded: 5, running: 2 })).toMatchObject({ total: 7, done: 5.5, ended: 5, failed: 0 })
  })
})
