import type { TaskStatistics } from '@headway/client/rest'

import { rest } from '@/live/rest'

const AT_ONCE = 3
const FRESH_MS = 30_000

interface Kept {
  at: number
  found: Promise<TaskStatistics>
}

const kept = new Map<string, Kept>()
const queue: (() => void)[] = []
let running = 0

/** Statistics for a row of the list: a few at a time, and not again for half a minute. */
export function statisticsFor(task: string): Promise<TaskStatistics> {
  const before = kept.get(task)
  if (before && Date.now() - before.at < FRESH_MS) return before.found
  const found = inTurn(() => rest.showStatistics({ path: { task }, query: { days: 30 } }))
  kept.set(task, { at: Date.now(), found })
  found.catch(() => kept.delete(task))
  return found
}

async function inTurn<T>(load: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => queue.push(go))
  running += 1
  try {
    return await load()
  } finally {
    running -= 1
    queue.shift()?.()
  }
}
