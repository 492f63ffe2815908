import type { View } from '@headway/client'
import type { RunDetail } from '@headway/client/rest'

import { isFinalState } from '@/ui/states'

export const acts = ['cancel', 'retry', 'clone', 'dump', 'delete'] as const
export type Act = (typeof acts)[number]

/** Why an act cannot be done now: a message of `messages.why`; null: it can. */
export type WhyNot = 'final' | 'notFinal' | 'notRunning' | 'outside' | 'asked' | 'noTask' | null

export function whyNot(act: Act, view: View, detail: Pick<RunDetail, 'kind' | 'task'> | null): WhyNot {
  const state = view.state ?? 'queued'
  const isFinal = isFinalState(state)
  const isTask = (detail?.kind ?? view.run_kind ?? 'task') === 'task'
  switch (act) {
    case 'cancel':
      if (isFinal) return 'final'
      return state === 'cancelling' ? 'asked' : null
    case 'retry':
      if (!isTask) return 'outside'
      return isFinal ? null : 'notFinal'
    case 'clone':
      return (detail?.task ?? view.task) ? null : 'noTask'
    case 'dump':
      if (!isTask) return 'outside'
      return state === 'running' || state === 'cancelling' || state === 'pausing' ? null : 'notRunning'
    case 'delete':
      return isFinal ? null : 'notFinal'
  }
}

/** What to do about an error of this code: a message of `messages.advice`. */
export function adviceOf(code: string | undefined, state: string | undefined): string {
  const known = ['exception', 'bad_parameters', 'result_not_json', 'out_of_memory', 'poisoned']
  if (code && known.includes(code)) return code
  return state === 'lost' || state === 'timed_out' ? state : 'other'
}
