import type { Entry } from '@headway/client'
import type { Step } from '@headway/client/rest'

const keyOf = ({ attempt, id }: Pick<Step, 'attempt' | 'id'>) => `${attempt} ${id}`

/** The newest steps of a run, in the order in which they came. An entry costs the same among ten steps and among ten thousand. */
export class StepBook {
  private steps = new Map<string, Step>()

  constructor(
    private readonly run: string,
    private readonly limit: number,
  ) {}

  get list(): readonly Step[] {
    return [...this.steps.values()]
  }

  /** What REST says is whole; what came live may be newer, and may be of steps that REST did not know yet. */
  merge(read: readonly Step[]): void {
    const live = this.steps
    this.steps = new Map(read.map((step) => [keyOf(step), step]))
    for (const [key, step] of live) {
      const known = this.steps.get(key)
      if (!known || (known.ended_at === null && step.ended_at !== null)) this.steps.set(key, step)
    }
  }

  /** Whether any of these entries (`step.started`, `step.ended`) changed something. */
  take(entries: readonly Entry[]): boolean {
    let isChanged = false
    for (const entry of entries) isChanged = this.takeOne(entry) || isChanged
    return isChanged
  }

  clear(): void {
    this.steps.clear()
  }

  private takeOne(entry: Entry): boolean {
    if (entry.step === undefined) return false
    const key = keyOf({ attempt: entry.attempt, id: entry.step })
    const known = this.steps.get(key)
    if (entry.kind === 'step.started') this.put(key, begun(this.run, entry.step, entry))
    else if (entry.kind === 'step.ended' && known) this.put(key, ended(known, entry))
    else return false
    return true
  }

  private put(key: string, step: Step): void {
    this.steps.set(key, step)
    for (const oldest of this.steps.keys()) {
      if (this.steps.size <= this.limit) break
      this.steps.delete(oldest)
    }
  }
}

function begun(run: string, id: string, entry: Entry): Step {
  return {
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
}

function ended(step: Step, entry: Entry): Step {
  const duration = entry['duration_seconds']
  return {
    ...step,
    ended_at: entry.at,
    outcome: String(entry['outcome'] ?? ''),
    duration_seconds: typeof duration === 'number' ? duration : step.duration_seconds,
  }
}
