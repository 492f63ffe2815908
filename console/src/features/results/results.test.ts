import type { Json } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { parseCsv } from './csv'
import { shapeOf } from './shape'

describe('what a result looks like', () => {
  it('is a table for a list of objects, also as the only field', () => {
    const rows: Json[] = [
      { name: 'Anna', marks: 3 },
      { name: 'Ben', note: 'ill' },
    ]
    expect(shapeOf(rows)).toMatchObject({ kind: 'table', columns: ['name', 'marks', 'note'] })
    expect(shapeOf({ students: rows })).toMatchObject({ kind: 'table' })
    expect(shapeOf([1, 2])).toMatchObject({ kind: 'tree' })
    expect(shapeOf([])).toMatchObject({ kind: 'tree' })
  })

  it('is Markdown for what says so', () => {
    expect(shapeOf('# Marks\n\nAll is well')).toMatchObject({ kind: 'markdown' })
    expect(shapeOf({ markdown: 'plain' })).toMatchObject({ kind: 'markdown' })
    expect(shapeOf('5 * 3 is 15')).toMatchObject({ kind: 'text' })
  })

  it('is a picture for PNG and JPEG only', () => {
    expect(shapeOf('data:image/png;base64,iVBORw0KGgo=')).toMatchObject({ kind: 'image' })
    expect(shapeOf({ image: 'data:image/jpeg;base64,/9j/4AAQ' })).toMatchObject({ kind: 'image' })
    expect(shapeOf('data:image/svg+xml;base64,PHN2Zz4=')).toMatchObject({ kind: 'text' })
    expect(shapeOf('data:text/html,<script>')).toMatchObject({ kind: 'text' })
  })

  it('is nothing for nothing', () => {
    expect(shapeOf(null)).toEqual({ kind: 'nothing' })
    expect(shapeOf(undefined)).toEqual({ kind: 'nothing' })
    expect(shapeOf(0)).toEqual({ kind: 'tree', value: 0 })
  })
})

describe('CSV', () => {
  it('understands quotes, and stops at the limit', () => {
    expect(parseCsv('a,b\r\n"x ""y""","1\n2"\n', 10)).toEqual([
      ['a', 'b'],
      ['x "y"', '1\n2'],
    ])
    expect(parseCsv('1\n2\n3\n', 2)).toEqual([['1'], ['2']])
    expect(parseCsv('a;b;c\n1,5;2;3', 10)[1]).toEqual(['1,5', '2', '3'])
    expect(parseCsv('', 10)).toEqual([])
  })
})
