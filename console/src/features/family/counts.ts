import { isFinalState, isState, STATES } from '@/ui/states'

/** What a view or a row says of the children of its run. */
export type Children = Readonly<Record<string, number>>

export interface Counts {
  total: number
  /** Those that have ended, and the parts that are done of those that are executed. */
  done: number
  ended: number
  failed: number
  states: { state: string; count: number }[]
}

const FAILED = new Set(['failed', 'timed_out', 'lost'])

export function countsOf(children: Children): Counts {
  const states = STATES.flatMap((state) => (children[state] ? [{ state: state as string, count: children[state] }] : []))
  const sum = (wanted: (state: string) => boolean): number =>
    states.reduce((all, { state, count }) => (wanted(state) ? all + count : all), 0)
  return {
    total: children['total'] ?? sum(isState),
    done: children['done'] ?? sum(isFinalState),
    ended: sum(isFinalState),
    failed: sum((state) => FAILED.has(state)),
    states,
  }
}
