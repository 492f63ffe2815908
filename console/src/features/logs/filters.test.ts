import { describe, expect, it } from 'vitest'
import type { LocationQuery } from 'vue-router'

import { fromQuery, isEmpty, isField, type LogFilters, NO_FILTERS, toQuery, toRest } from './filters'

const ALL: LogFilters = {
  levels: ['warning', 'error'],
  text: 'sheet [78]',
  isRegex: true,
  isCase: true,
  task: 'grade',
  run: 'r1',
  project: 'exams',
  since: '24h',
  fields: ['sheet=7', 'pupil=a=b'],
  order: 'oldest',
}
const NOW = Date.UTC(2026, 10, 22, 9, 30)

describe('the filters of the logs page', () => {
  it('come back from the address as they were', () => {
    for (const filters of [ALL, NO_FILTERS, { ...NO_FILTERS, text: 'x' }, { ...NO_FILTERS, fields: ['a='] }])
      expect(fromQuery(toQuery(filters) as LocationQuery)).toEqual(filters)
    expect(toQuery(NO_FILTERS)).toEqual({})
    // How a text is looked for says nothing without one.
    expect(toQuery({ ...NO_FILTERS, isRegex: true, isCase: true })).toEqual({})
  })

  it('take nothing from an address that does not belong there', () => {
    expect(
      fromQuery({ levels: 'loud,error', since: '2y', order: 'up', field: ['=7', 'nothing', 'a=1'], q: ['', 'b'], regex: 'yes' }),
    ).toEqual({
      ...NO_FILTERS,
      levels: ['error'],
      fields: ['a=1'],
      text: 'b',
    })
    expect(fromQuery({ levels: 'debug,info,warning,error,critical' }).levels).toEqual([])
    expect(fromQuery({ task: 'x'.repeat(300) }).task.length).toBe(200)
    expect(fromQuery({ field: Array.from({ length: 12 }, (_, at) => `f${at}=1`) }).fields.length).toBe(10)
  })

  it('are asked of the server, times back from its now', () => {
    expect(toRest(ALL, NOW)).toEqual({
      levels: 'warning,error',
      q: 'sheet [78]',
      regex: true,
      case: true,
      task: 'grade',
      run: 'r1',
      project: 'exams',
      from: '2026-11-21T09:30:00.000Z',
      'field.sheet': '7',
      'field.pupil': 'a=b',
      order: 'oldest',
    })
    expect(toRest(NO_FILTERS, NOW)).toEqual({ order: 'newest' })
    expect(toRest({ ...NO_FILTERS, since: '15m' }, NOW)['from']).toBe('2026-11-22T09:15:00.000Z')
  })

  it('know what a field is, and when nothing is asked for', () => {
    expect(['a=1', 'a=', '=1', 'a', `${'x'.repeat(201)}=1`, `a=${'x'.repeat(201)}`].map(isField)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
    expect([isEmpty(NO_FILTERS), isEmpty({ ...NO_FILTERS, order: 'oldest' }), isEmpty(ALL)]).toEqual([true, true, false])
  })
})
