import type { Entry } from '@headway/client'

/** How far a cancellation has come: each stage is said in the log by the worker. */
type CancelStage = 'asked' | 'interrupting' | 'terminating' | 'killed'

export interface Stage {
  readonly stage: CancelStage
  readonly at: string
}

/** What an entry says about a cancellation. Words of the worker itself have neither source nor stream: user code cannot say them. */
function cancelStageOf(entry: Entry): CancelStage | null {
  if (entry.kind === 'command.given') return entry['do'] === 'cancel' ? 'asked' : null
  if (entry.kind !== 'log.written' || entry.source !== undefined || entry.stream !== undefined || entry.step !== undefined) return null
  const text = entry.text ?? ''
  if (text.startsWith('Cancelling: ')) return 'interrupting'
  if (text.endsWith('(SIGTERM).')) return 'terminating'
  return text.endsWith('(SIGKILL).') ? 'killed' : null
}

/** The stages after one more entry; another attempt, or asking anew, begins anew. */
export function stagesAfter(before: readonly Stage[], entry: Entry): readonly Stage[] {
  if (entry.kind === 'attempt.started') return before.length ? [] : before
  const stage = cancelStageOf(entry)
  if (!stage || before.some((one) => one.stage === stage)) return before
  return [...before, { stage, at: entry.at }]
}
