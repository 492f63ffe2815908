/** The list that a run was opened from, as it stands in the state of the history entry: `runs` in the order in which they were seen. */
export interface FromList {
  readonly runs: readonly string[]
  /** Where the list is. */
  readonly back: string
}

export function readList(state: unknown): FromList {
  const { runs, back } = (typeof state === 'object' && state !== null ? state : {}) as { runs?: unknown; back?: unknown }
  return {
    runs: Array.isArray(runs) ? runs.filter((one) => typeof one === 'string') : [],
    // Only the list itself: what was before it is no way back from a run.
    back: typeof back === 'string' && /^\/runs(\?|#|$)/.test(back) ? back : '/runs',
  }
}

export function neighboursOf(list: FromList, run: string): { previous: string | null; next: string | null } {
  const at = list.runs.indexOf(run)
  return { previous: at > 0 ? (list.runs[at - 1] ?? null) : null, next: at >= 0 ? (list.runs[at + 1] ?? null) : null }
}
