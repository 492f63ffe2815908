/** Hands news to listeners: gathered for a frame of the page, in order, and never so that a listener's error reaches us. */

import type { ListTelling } from './list_channel'
import { foldPatches } from './patches'
import type { PlainTelling } from './plain_channel'
import type { RunTelling } from './run_channel'
import type { Surroundings } from './surroundings'

export type Telling = RunTelling | ListTelling | PlainTelling

/** With so much waiting, or for so long, a frame is not waited for. */
const ITEM_LIMIT = 5_000
const LONGEST_WAIT = 1_000

/** One channel's news that nobody has heard yet. A view takes the place of the one before it; entries join those before them. */
class Batch {
  readonly tellings: Telling[] = []
  private readonly open = new Map<string, number>()

  /** How many items it added. */
  add(telling: Telling): number {
    const key = telling.type === 'row' ? `row ${telling.run}` : telling.type
    const at = this.open.get(key)
    const before = at === undefined ? undefined : this.tellings[at]
    const merged = before && merge(before, telling)
    if (merged && at !== undefined) this.tellings[at] = merged
    else {
      // Nothing may move across these: what comes after them is of another beginning.
      if (key === 'reset' || key === 'start' || key === 'list_reset') this.open.clear()
      if (key === 'gap') this.open.delete('entries')
      this.open.set(key, this.tellings.push(telling) - 1)
    }
    return telling.type === 'entries' ? telling.entries.length : telling.type === 'points' ? telling.points.length : 1
  }
}

function merge(before: Telling, now: Telling): Telling | null {
  if (before.type === 'view' && now.type === 'view') {
    const patch = now.patch && before.patch && foldPatches(before.patch, now.patch)
    return { ...now, patch, folded: before.folded + now.folded + (patch ? 1 : 0) }
  }
  if (before.type === 'entries' && now.type === 'entries') {
    before.entries.push(...now.entries)
    return before
  }
  if (before.type === 'points' && now.type === 'points' && before.isThinned === now.isThinned) {
    before.points.push(...now.points)
    return before
  }
  if (before.type === 'samples' && now.type === 'samples') return { type: 'samples', samples: [...before.samples, ...now.samples] }
  if (before.type === 'counts' && now.type === 'counts') return now
  return before.type === 'row' && now.type === 'row' ? now : null
}

export class Delivery<Topic> {
  private batches = new Map<Topic, Batch>()
  private itemCount = 0
  private since: number | null = null

  constructor(
    private readonly surroundings: Surroundings,
    private readonly hand: (topic: Topic, tellings: Telling[]) => void,
    private readonly onFlushed: () => void,
  ) {}

  add(topic: Topic, telling: Telling): void {
    let batch = this.batches.get(topic)
    if (!batch) this.batches.set(topic, (batch = new Batch()))
    this.itemCount += batch.add(telling)
    this.schedule()
  }

  /** There is something to do when the next frame comes, if only for `onFlushed`. */
  schedule(): void {
    const now = this.surroundings.now()
    if (this.since === null) {
      this.since = now
      this.surroundings.onFrame(() => this.flush())
    }
  }

  /** After each frame of the server: frames of a page that is not looked at may not come at all. */
  hurry(): void {
    if (this.since !== null && (this.itemCount >= ITEM_LIMIT || this.surroundings.now() - this.since >= LONGEST_WAIT)) this.flush()
  }

  flush(): void {
    if (this.since === null) return
    const batches = this.batches
    this.batches = new Map()
    this.itemCount = 0
    this.since = null
    for (const [topic, batch] of batches) this.hand(topic, batch.tellings)
    this.onFlushed()
  }
}
