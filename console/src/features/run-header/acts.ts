import type { View } from '@headway/client'
import type { RunDetail } from '@headway/client/rest'

import { isFinalState } from '@/ui/states'

export const acts = ['cancel', 'pause', 'resume', 'retry', 'clone', 'dump', 'share', 'deleteLog', 'delete'] as const
export type Act = (typeof acts)[number]

/** Why an act cannot be done now: a message of `messages.why`; null: it can. */
export type WhyNot =
  'final' | 'notFinal' | 'notRunning' | 'outside' | 'asked' | 'cancelling' | 'noCheckpoint' | 'notPaused' | 'noTask' | 'logGone' | null

type Detail = Pick<RunDetail, 'kind' | 'task'> & { options?: Pick<RunDetail['options'], 'is_resumable'> }

export function whyNot(act: Act, view: View, detail: Detail | null): WhyNot {
  const state = view.state ?? 'queued'
  const isFinal = isFinalState(state)
  const isTask = (detail?.kind ?? view.run_kind ?? 'task') === 'task'
  switch (act) {
    case 'cancel':
      if (isFinal) return 'final'
      return state === 'cancelling' ? 'asked' : null
    case 'pause':
      if (isFinal) return 'final'
      if (!isTask) return 'outside'
      if (state === 'cancelling') return 'cancelling'
      if (isPaused(view)) return 'asked'
      return state === 'running' && !detail?.options?.is_resumable && view.checkpoint === undefined ? 'noCheckpoint' : null
    case 'resume':
      return isPaused(view) ? null : 'notPaused'
    case 'retry':
      if (!isTask) return 'outside'
      return isFinal ? null : 'notFinal'
    case 'clone':
      return (detail?.task ?? view.task) ? null : 'noTask'
    case 'dump':
      if (!isTask) return 'outside'
      return state === 'running' || state === 'cancelling' || state === 'pausing' ? null : 'notRunning'
    case 'share':
      return null
    case 'deleteLog':
      if (!isFinal) return 'notFinal'
      return view.log_deleted ? 'logGone' : null
    case 'delete':
      return isFinal ? null : 'notFinal'
  }
}

/** Whether it stands still, or will at its next checkpoint: then it is offered to go on instead. */
export function isPaused({ state }: View): boolean {
  return state === 'paused' || state === 'pausing'
}

/** What to do about an error of this code: a message of `messages.advice`. */
export function adviceOf(code: string | undefined, state: string | undefined): string {
  const known = ['exception', 'bad_parameters', 'result_not_json', 'out_of_memory', 'poisoned']
  if (code && known.includes(code)) return code
  return state === 'lost' || state === 'timed_out' ? state : 'other'
}
