import type { Entry } from '@headway/client'

/** A step as the server lists it. */
export interface StepRecord {
  id: string
  attempt: number
  name: string
  parent?: string | null
  started_at: string
  ended_at?: string | null
  outcome?: string | null
  /** By a clock that does not jump, so it says more than the difference of two times. */
  duration_seconds?: number | null
}

export interface AttemptRecord {
  number: number
  started_at: string
  ended_at?: string | null
  outcome?: string | null
}

/** Times are milliseconds since 1970, by the clock of the server's side. */
export interface Node {
  readonly key: string
  readonly kind: 'attempt' | 'step'
  readonly name: string
  readonly attempt: number
  readonly id: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly outcome: string | null
}

export interface TreeRow {
  readonly node: Node
  readonly depth: number
  readonly isParent: boolean
  readonly isFolded: boolean
}

/** Deeper steps are drawn at this depth: there is no more room to indent. */
const DEPTH_SHOWN = 12
/** Steps of a run that the page keeps; the server has them all. */
export const STEPS_KEPT = 50_000

export function keyOf(attempt: number, id: string): string {
  return `${attempt}.${id}`
}

export function parseKey(key: string): { attempt: number; id: string } | null {
  const found = /^(\d{1,6})\.(.+)$/s.exec(key)
  return found?.[2] === undefined ? null : { attempt: Number(found[1]), id: found[2] }
}

/** All steps of a run by attempt and parent. Fed from the list and from entries in any order, any number of times. */
export class StepTree {
  size = 0
  private readonly attempts = new Map<number, Node>()
  private readonly nodes = new Map<string, Node>()
  private readonly children = new Map<string, string[]>()
  private readonly parents = new Map<string, string>()

  takeAttempts(attempts: readonly AttemptRecord[]): void {
    for (const one of attempts) this.setAttempt(one.number, one.started_at, one.ended_at, one.outcome)
  }

  takeSteps(steps: readonly StepRecord[]): void {
    const [first] = steps
    // The list begins before what is known: the log's end came first. Then all of it is put in order anew.
    if (first && this.nodes.size > 0 && !this.nodes.has(keyOf(first.attempt, first.id))) this.forgetSteps()
    for (const step of steps) {
      this.start(step.attempt, step.id, step.name, step.parent, step.started_at)
      if (step.ended_at) this.end(step.attempt, step.id, step.ended_at, step.outcome, step.duration_seconds)
    }
  }

  /** Whether the entry said anything about steps or attempts. */
  takeEntry(entry: Entry): boolean {
    switch (entry.kind) {
      case 'step.started':
        this.start(entry.attempt, String(entry.step), String(entry['name']), text(entry['parent']), entry.at)
        return true
      case 'step.ended':
        this.end(entry.attempt, String(entry.step), entry.at, text(entry['outcome']), entry['duration_seconds'])
        return true
      case 'attempt.started':
        this.setAttempt(entry.attempt, entry.at, null, null)
        return true
      case 'attempt.ended':
        this.setAttempt(entry.attempt, null, entry.at, text(entry['outcome']))
        return true
      default:
        return false
    }
  }

  get(key: string): Node | undefined {
    return this.nodes.get(key)
  }

  get attemptList(): readonly Node[] {
    return [...this.attempts.values()].sort((a, b) => a.attempt - b.attempt)
  }

  get stepList(): Iterable<Node> {
    return this.nodes.values()
  }

  /** What is to be seen, top to bottom: attempts are rows of their own once there is more than one. */
  rows(folded: ReadonlySet<string>): TreeRow[] {
    const rows: TreeRow[] = []
    const attempts = this.attemptList
    const numbers =
      attempts.length > 0 ? attempts.map((node) => node.attempt) : [...new Set([...this.nodes.values()].map((n) => n.attempt))]
    for (const number of numbers) {
      const attempt = attempts.length > 1 ? this.attempts.get(number) : undefined
      const top = this.children.get(rootKey(number)) ?? []
      if (attempt) {
        const isFolded = folded.has(attempt.key)
        rows.push({ node: attempt, depth: 0, isParent: top.length > 0, isFolded })
        if (isFolded) continue
      }
      this.append(rows, top, attempt ? 1 : 0, folded)
    }
    return rows
  }

  /** Keys of the steps around one, the outermost first. */
  ancestors(key: string): string[] {
    const chain: string[] = []
    let parent = this.parents.get(key)
    while (parent !== undefined && !chain.includes(parent)) {
      chain.unshift(parent)
      parent = this.parents.get(parent)
    }
    return chain
  }

  private forgetSteps(): void {
    this.nodes.clear()
    this.children.clear()
    this.parents.clear()
    this.size = 0
  }

  private append(rows: TreeRow[], keys: readonly string[], depth: number, folded: ReadonlySet<string>): void {
    // A stack rather than recursion: steps may be nested as deep as somebody's code.
    const waiting = keys.map((key) => ({ key, depth })).reverse()
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const node = this.nodes.get(next.key)
      if (!node) continue
      const below = this.children.get(next.key) ?? []
      const isFolded = folded.has(next.key)
      rows.push({ node, depth: Math.min(next.depth, DEPTH_SHOWN), isParent: below.length > 0, isFolded })
      if (!isFolded) for (let at = below.length - 1; at >= 0; at -= 1) waiting.push({ key: below[at] ?? '', depth: next.depth + 1 })
    }
  }

  private start(attempt: number, id: string, name: string, parent: string | null | undefined, at: string): void {
    const key = keyOf(attempt, id)
    if (this.nodes.has(key) || this.size >= STEPS_KEPT) return
    this.size += 1
    this.nodes.set(key, { key, kind: 'step', name, attempt, id, startedAt: Date.parse(at), endedAt: null, outcome: null })
    const above = parent && this.nodes.has(keyOf(attempt, parent)) ? keyOf(attempt, parent) : null
    if (above) this.parents.set(key, above)
    const list = this.children.get(above ?? rootKey(attempt))
    if (list) list.push(key)
    else this.children.set(above ?? rootKey(attempt), [key])
  }

  private end(attempt: number, id: string, at: string, outcome: string | null | undefined, seconds: unknown): void {
    const node = this.nodes.get(keyOf(attempt, id))
    if (!node || node.endedAt !== null) return
    const endedAt = typeof seconds === 'number' ? node.startedAt + seconds * 1000 : Date.parse(at)
    this.nodes.set(node.key, { ...node, endedAt, outcome: outcome ?? null })
  }

  private setAttempt(
    number: number,
    startedAt: string | null,
    endedAt: string | null | undefined,
    outcome: string | null | undefined,
  ): void {
    const before = this.attempts.get(number)
    const started = startedAt ? Date.parse(startedAt) : before?.startedAt
    if (started === undefined) return
    this.attempts.set(number, {
      key: rootKey(number),
      kind: 'attempt',
      name: '',
      attempt: number,
      id: '',
      startedAt: started,
      endedAt: endedAt ? Date.parse(endedAt) : (before?.endedAt ?? null),
      outcome: outcome ?? before?.outcome ?? null,
    })
    if (endedAt) this.endOpen(number, Date.parse(endedAt))
  }

  /** What was open when its attempt ended went no further. */
  private endOpen(attempt: number, at: number): void {
    for (const node of this.nodes.values()) {
      if (node.attempt === attempt && node.endedAt === null)
        this.nodes.set(node.key, { ...node, endedAt: Math.max(at, node.startedAt), outcome: 'lost' })
    }
  }
}

function rootKey(attempt: number): string {
  return `#${attempt}`
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
