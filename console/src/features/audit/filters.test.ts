import { expect, test } from 'vitest'

import { queryOf, readFilter } from './filters'

test('what the address says is asked of the server', () => {
  const filter = readFilter({
    by: 'ada',
    action: 'run.cancelled',
    outcome: 'refused',
    project: 'exams',
    from: '2026-01-15',
    to: '2026-01-15',
  })
  expect(queryOf(filter)).toEqual({
    by: 'ada',
    action: ['run.cancelled'],
    project: 'exams',
    outcome: 'refused',
    at_from: new Date(2026, 0, 15).toISOString(),
    at_to: new Date(2026, 0, 16).toISOString(),
  })
})

test.each([
  [{}],
  [{ action: 'run.of_tomorrow', outcome: 'maybe', from: 'yesterday', to: '2026-99-99' }],
  [{ by: ['ada', 'boris'], target: null }],
])('what is no filter is not asked: %j', (query) => {
  expect(queryOf(readFilter(query))).toEqual({})
})
