import { crc32 } from '../crc32'
import { fold, type JournalEvent } from '../fold'
import type { Entry, FinalState, Json, Point, RunError, View } from '../types'
import type { Ended, Patch } from '../wire'

/** Kinds of the log facet. */
const LOG = new Set([
  'log.written', 'step.started', 'step.ended', 'artifact.added', 'result.stored', 'command.given', 'output.dropped', 'attempt.started',
  'attempt.ended',
]) // prettier-ignore

type Reported = { kind: string } & Record<string, unknown>

/** The journal of a run as a server keeps it: dense seqs and lines, the view, the patch of each event, the hash at each line. */
export class FakeRun {
  readonly events: JournalEvent[] = []
  readonly entries: Entry[] = []
  readonly patches: Patch[] = []
  readonly hashes: number[] = [0]
  readonly view: View = {}
  firstKept = 1
  ending: { state: FinalState; result?: Json; error?: RunError } | null = null
  isHidden = false

  constructor(
    readonly id: string,
    private readonly at: () => string,
  ) {
    this.report({ kind: 'run.created', name: id, project: 'default', run_kind: 'task' })
    this.report({ kind: 'attempt.started', attempt: 1 })
    this.report({ kind: 'run.running' })
  }

  get seq(): number {
    return this.events.length
  }

  get line(): number {
    return this.entries.length
  }

  report(reported: Reported): void {
    const event: JournalEvent = { at: this.at(), attempt: 1, ...reported, seq: this.seq + 1 }
    if (LOG.has(reported.kind)) {
      const entry = { ...event, line: this.line + 1 } as unknown as Entry
      this.hashes.push(crc32(`${typeof entry.text === 'string' ? entry.text : entry.kind}\n`, this.hashes.at(-1)))
      this.entries.push(entry)
    }
    this.events.push(event)
    this.patches.push(fold(this.view, event))
  }

  log(text: string, level = 'info'): void {
    this.report({ kind: 'log.written', level, text })
  }

  finish(state: FinalState = 'succeeded', more: { result?: Json; error?: RunError } = {}): void {
    if (more.result !== undefined) this.report({ kind: 'result.stored', size_bytes: 1, value: more.result })
    this.report({ kind: 'attempt.ended', attempt: 1, outcome: state, ...(more.error && { error: more.error }) })
    this.ending = { state, ...more }
    this.report({ kind: `run.${state}`, ...(more.error && { error: more.error }) })
  }

  /** Drop the log before a line. */
  evict(line: number): void {
    this.firstKept = line
  }

  pointsAfter(seq: number): Point[] {
    return this.events.slice(seq).filter(({ kind }) => kind === 'metric.reported') as unknown as Point[]
  }

  finished(): Omit<Ended, 'at'> | null {
    if (!this.ending) return null
    return {
      type: 'finished',
      channel: `run:${this.id}`,
      seq: this.seq,
      line: this.line,
      log_hash: this.hashes.at(-1) ?? 0,
      ...this.ending,
    }
  }
}
