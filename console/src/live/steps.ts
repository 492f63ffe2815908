import type { Entry } from '@headway/client'
import type { Step } from '@headway/client/rest'

const keyOf = ({ attempt, id }: Pick<Step, 'attempt' | 'id'>) => `${attempt} ${id}`

/** What is known live and what REST says: the latter is whole, the former may be newer. */
export function mergeSteps(live: readonly Step[], read: readonly Step[]): Step[] {
  const steps = new Map(read.map((step) => [keyOf(step), step]))
  for (const step of live) {
    const known = steps.get(keyOf(step))
    if (!known || (known.ended_at === null && step.ended_at !== null)) steps.set(keyOf(step), step)
  }
  return [...steps.values()]
}

/** `steps` after an entry of kind `step.started` or `step.ended`; others change nothing. */
export function takeStepEntry(steps: readonly Step[], run: string, entry: Entry): readonly Step[] {
  const id = entry.step
  if (id === undefined) return steps
  const key = keyOf({ attempt: entry.attempt, id })
  const at = steps.findLastIndex((step) => keyOf(step) === key)
  if (entry.kind === 'step.started') {
    const step: Step = {
      run,
      id,
      attempt: entry.attempt,
      name: String(entry['name'] ?? id),
      parent: typeof entry['parent'] === 'string' ? entry['parent'] : null,
      started_at: entry.at,
      ended_at: null,
      outcome: null,
      duration_seconds: null,
    }
    return at < 0 ? [...steps, step] : steps.with(at, step)
  }
  const known = steps[at]
  if (entry.kind !== 'step.ended' || !known) return steps
  const duration = entry['duration_seconds']
  return steps.with(at, {
    ...known,
    ended_at: entry.at,
    outcome: String(entry['outcome'] ?? ''),
    duration_seconds: typeof duration === 'number' ? duration : known.duration_seconds,
  })
}
