import type { Entry } from '@headway/client'
import { describe, expect, it } from 'vitest'

import { stagesAfter, type Stage } from './cancelling'

const entry = (more: object): Entry => ({ kind: 'log.written', at: '2026-11-22T09:30:00.000Z', seq: 1, line: 1, attempt: 1, ...more })

describe('how far a cancellation has come', () => {
  it('is what the worker says, stage by stage', () => {
    const stages = [
      entry({ kind: 'command.given', do: 'cancel', by: 'anna' }),
      entry({ text: 'Cancelling: the run has 10 s to tidy up.' }),
      entry({ text: 'The process is being killed (SIGKILL).', source: 'tasks.py:3' }),
      entry({ text: 'The run did not end within 10 s; its process is being terminated (SIGTERM).' }),
      entry({ text: 'The process is being killed (SIGKILL).' }),
    ].reduce<readonly Stage[]>(stagesAfter, [])
    expect(stages.map((one) => one.stage)).toEqual(['asked', 'interrupting', 'terminating', 'killed'])
  })

  it('begins anew with an attempt', () => {
    const asked = stagesAfter([], entry({ kind: 'command.given', do: 'cancel' }))
    expect(stagesAfter(asked, entry({ kind: 'attempt.started', attempt: 2 }))).toEqual([])
    expect(stagesAfter(asked, entry({ kind: 'command.given', do: 'stack' }))).toBe(asked)
  })
})
