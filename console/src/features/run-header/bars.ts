import type { Bar, View } from '@headway/client'

export interface ShownBar {
  readonly id: string
  readonly bar: Bar
}

/** Bars that are shown before somebody asks for more. */
export const BARS_SHOWN = 3

/** The main bar and the rest: those that move first, then the closed ones, the newest report first. */
export function barsOf(view: View): { main: Bar | null; others: ShownBar[] } {
  const all = Object.entries(view.bars ?? {}).map(([id, bar]) => ({ id, bar }))
  const head = view.progress
  // The header's bar is one of them, told apart by what it says: it carries no id.
  const main = head ? (all.find(({ bar }) => bar.at === head.at && bar.done === head.done && bar.name === head.name) ?? null) : null
  const others = all
    .filter((one) => one !== main)
    .sort((a, b) => Number(a.bar.is_closed ?? false) - Number(b.bar.is_closed ?? false) || (a.id < b.id ? -1 : 1))
  return { main: main?.bar ?? (head as Bar | undefined) ?? null, others }
}
