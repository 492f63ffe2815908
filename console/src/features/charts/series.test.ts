import type { Point } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { LINES_MOST, POINTS_MOST, SeriesBook } from './series'

const T0 = Date.UTC(2026, 10, 22, 9, 30)
const point = (seq: number, value: number, more: Partial<Point> = {}): Point => ({
  kind: 'metric.reported',
  at: new Date(T0 + seq * 1000).toISOString(),
  seq,
  attempt: 1,
  name: 'loss',
  value,
  ...more,
})
const series = (points: [number, number, number, number][], count = points.length) => ({
  name: 'loss',
  labels: {},
  unit: null,
  points,
  thinned: false,
  count,
})

describe('metrics as lines', () => {
  it('goes on live where the server ended, and counts each point once', () => {
    const book = new SeriesBook()
    book.takePoints([point(3, 3), point(4, 4)])
    book.takeSeries([
      series([
        [1, T0 + 1000, 1, 1],
        [2, T0 + 2000, 2, 1],
        [3, T0 + 3000, 3, 1],
      ]),
    ])
    book.takePoints([point(4, 4), point(5, 5)])
    const [line] = book.groups().get('loss') ?? []
    expect(line?.ys).toEqual([1, 2, 3, 4, 5])
    expect(line).toMatchObject({ last: 5, least: 1, most: 5 })
  })

  it('breaks where another attempt begins, and never goes back in time', () => {
    const book = new SeriesBook()
    book.takePoints([point(1, 1), point(2, 2), point(3, 1, { attempt: 2, at: new Date(T0).toISOString() })])
    const [line] = book.groups().get('loss') ?? []
    expect(line?.ys).toEqual([1, 2, null, 1])
    expect([...(line?.xs ?? [])]).toEqual([...(line?.xs ?? [])].sort((a, b) => a - b))
  })

  it('tells labels apart, in whatever order they come', () => {
    const book = new SeriesBook()
    book.takePoints([
      point(1, 1, { labels: { a: '1', b: '2' } }),
      point(2, 2, { labels: { b: '2', a: '1' } }),
      point(3, 3, { labels: { a: '2' } }),
    ])
    expect(
      book
        .groups()
        .get('loss')
        ?.map((line) => [line.label, line.count]),
    ).toEqual([
      ['a=1 b=2', 2],
      ['a=2', 1],
    ])
  })

  it('is bounded, and keeps the extremes', () => {
    const book = new SeriesBook()
    for (let seq = 1; seq <= 100_000; seq += 1) book.takePoints([point(seq, seq === 50_000 ? 1e6 : Math.sin(seq))])
    const [line] = book.groups().get('loss') ?? []
    expect(line?.xs.length).toBeLessThanOrEqual(POINTS_MOST)
    expect(Math.max(...(line?.ys ?? []).map((y) => y ?? 0))).toBe(1e6)
    expect(line?.count).toBe(100_000)
    book.takePoints(Array.from({ length: 200 }, (_, at) => point(200_000 + at, 1, { name: `m${at}` })))
    expect(book.groups().size).toBe(LINES_MOST)
    expect(book.leftOut).toBe(137)
  })
})
