import type { Json, Status } from '@headway/client'

import type { Troubling } from '@/ui/trouble'

const open: Status = Object.freeze({
  phase: 'open',
  transport: 'websocket',
  node: 'node-7f3a',
  attempts: 0,
  retryAt: null,
  isTroubled: false,
  problem: null,
  lagMs: 84,
  latencyMs: 3,
  folded: 1204,
  lostLines: 0,
  caughtUp: 0,
  degraded: [],
  since: 0,
})

export const statuses: readonly Status[] = [
  open,
  { ...open, lagMs: 1840 },
  { ...open, transport: 'sse' },
  { ...open, transport: 'poll', lagMs: 310 },
  { ...open, phase: 'connecting', lagMs: null, latencyMs: null },
  { ...open, phase: 'waiting', attempts: 6, isTroubled: true, problem: { code: 1006, why: 'The connection broke off' } },
  { ...open, phase: 'offline' },
  { ...open, phase: 'hidden' },
  { ...open, phase: 'stopped', problem: { code: 4503, why: 'This may not be seen any more' } },
]

export const troubles: readonly Troubling[] = [
  { code: 'unreachable', message: 'The server cannot be reached.' },
  {
    code: 'forbidden',
    status: 403,
    detail: 'You lack the permission run:read in the project “exams”.',
    requestId: '01a21977-90ed-7ee9-a9ae-b6ae1e8a6e00',
  },
  { code: 'run_not_found', status: 404, detail: 'There is no run with this id.', requestId: '01a21977-90ed-7ee9-a9ae-b6ae1e8a6e01' },
  { code: 'bad_parameters', status: 422, detail: 'pause: must be at least 0.', requestId: '01a21977-90ed-7ee9-a9ae-b6ae1e8a6e02' },
  { code: 'internal', status: 500, detail: 'The store did not answer in time.', requestId: '01a21977-90ed-7ee9-a9ae-b6ae1e8a6e03' },
]

export const json: Json = {
  class: '7b',
  passed: true,
  mean: 11.4,
  'best of all': null,
  sheets: Array.from({ length: 240 }, (_, index) => ({ number: index + 1, marks: (index * 7) % 20 })),
  note: 'user\u202egpj.exe <script>alert(1)</script>',
  long: 'x'.repeat(2_000),
}

export const values: readonly number[] = Array.from({ length: 60 }, (_, index) => Math.sin(index / 6) * 8 + ((index * 13) % 5))
