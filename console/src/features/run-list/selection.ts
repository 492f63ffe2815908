/** Which rows are chosen, and where a range would begin. Never changed in place. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly anchor: string | null
  /** Every run that matches, also those not loaded. */
  readonly isAll: boolean
}

export const NONE: Selection = { ids: new Set(), anchor: null, isAll: false }

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: id, isAll: false }
}

/** From the anchor to this row, in the order shown; without an anchor that is still shown, this row alone is added. */
export function extend(selection: Selection, id: string, shown: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : shown.indexOf(selection.anchor)
  const to = shown.indexOf(id)
  if (to < 0) return selection
  if (from < 0) return { ids: new Set([...selection.ids, id]), anchor: id, isAll: false }
  const range = shown.slice(Math.min(from, to), Math.max(from, to) + 1)
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor, isAll: false }
}

export function selectShown(shown: readonly string[]): Selection {
  return { ids: new Set(shown), anchor: null, isAll: false }
}

export function selectMatching(shown: readonly string[]): Selection {
  return { ids: new Set(shown), anchor: null, isAll: true }
}
