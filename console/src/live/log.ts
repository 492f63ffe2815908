import type { Entry } from '@headway/client'
import { type Ref, ref } from 'vue'

/** Lines of a chunk, and chunks in memory: 20,000 lines, whatever the run has. */
export const CHUNK = 500
export const CHUNK_LIMIT = 40
/** So many chunks are asked for at once; those that were wanted last come first. */
const ASKING_LIMIT = 4
/** After a failure a chunk is not asked for again so soon. */
const PATIENCE_MS = 3_000

/** The log of a run by line, of which only a window is in memory. */
export interface LogSource {
  /** The first line that is kept. */
  readonly first: Readonly<Ref<number>>
  /** The newest line known; 0: none. */
  readonly last: Readonly<Ref<number>>
  /** Grows with every change of what `range` answers. */
  readonly version: Readonly<Ref<number>>
  /**
   * Lines `from` to `to` (both included) if all of them are in memory; else they are asked for, and `version` tells when they are here.
   * A line that is kept no longer is an entry of kind `MISSING`, so that line n always stands at n - from.
   */
  range(from: number, to: number): Entry[] | undefined
}

export const MISSING = 'log.missing'

/** Asks for lines `from` to `to`: those that are kept, in order. */
export type ReadLines = (from: number, to: number) => Promise<Entry[]>

function missing(line: number): Entry {
  return { kind: MISSING, at: '', seq: 0, line, attempt: 0 }
}

/** Holds the newest chunks and those looked at last; the rest comes from `read` when it is wanted. */
export class Log implements LogSource {
  readonly first = ref(1)
  readonly last = ref(0)
  readonly version = ref(0)
  /** In the order of their last use. Chunk n holds lines n * CHUNK + 1 …; what it has not yet is a hole. */
  private chunks = new Map<number, (Entry | undefined)[]>()
  private readonly asking = new Set<number>()
  private readonly failedAt = new Map<number, number>()

  constructor(
    private readonly read: ReadLines,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** New lines, in order. */
  add(first: number, entries: readonly Entry[]): void {
    entries.forEach((entry, index) => this.put(first + index, entry))
    this.know(first + entries.length - 1)
    this.trim()
    this.version.value++
  }

  /** There are lines up to this one. */
  know(line: number): void {
    if (line > this.last.value) {
      this.last.value = line
      this.version.value++
    }
  }

  /** Lines that are not kept. */
  miss(from: number, to: number): void {
    if (from <= this.first.value) this.first.value = Math.max(this.first.value, to + 1)
    else
      for (const chunk of this.chunks.keys())
        for (let line = Math.max(from, chunk * CHUNK + 1); line <= Math.min(to, (chunk + 1) * CHUNK); line++) this.put(line, missing(line))
    this.know(to)
    this.version.value++
  }

  /** Lines up to this one were deleted: those that are held, too. */
  drop(to: number): void {
    for (const [chunk, held] of this.chunks)
      for (let line = chunk * CHUNK + 1; line <= Math.min(to, (chunk + 1) * CHUNK); line++) held[(line - 1) % CHUNK] = missing(line)
    this.first.value = Math.max(this.first.value, to + 1)
    this.know(to)
    this.version.value++
  }

  clear(): void {
    this.chunks = new Map()
    this.failedAt.clear()
    this.first.value = 1
    this.last.value = 0
    this.version.value++
  }

  range(from: number, to: number): Entry[] | undefined {
    const lines: Entry[] = []
    let isWhole = true
    for (let chunk = chunkOf(from); chunk <= chunkOf(to); chunk++) {
      let isHere = true
      const held = this.chunks.get(chunk)
      const begin = Math.max(from, chunk * CHUNK + 1)
      const end = Math.min(to, (chunk + 1) * CHUNK)
      for (let line = begin; line <= end; line++) {
        const entry = held?.[(line - 1) % CHUNK] ?? (line < this.first.value ? missing(line) : undefined)
        if (entry) lines.push(entry)
        else isHere = false
      }
      if (held) this.touch(chunk, held)
      if (!isHere) this.ask(chunk, end)
      isWhole &&= isHere
    }
    return isWhole ? lines : undefined
  }

  private put(line: number, entry: Entry): void {
    const chunk = chunkOf(line)
    let held = this.chunks.get(chunk)
    if (!held) this.chunks.set(chunk, (held = []))
    held[(line - 1) % CHUNK] = entry
  }

  private touch(chunk: number, held: (Entry | undefined)[]): void {
    this.chunks.delete(chunk)
    this.chunks.set(chunk, held)
  }

  private trim(): void {
    for (const chunk of this.chunks.keys()) {
      if (this.chunks.size <= CHUNK_LIMIT) return
      this.chunks.delete(chunk)
    }
  }

  private ask(chunk: number, upTo: number): void {
    const failed = this.failedAt.get(chunk)
    if (this.asking.has(chunk) || this.asking.size >= ASKING_LIMIT || upTo > this.last.value) return
    if (failed !== undefined && this.now() - failed < PATIENCE_MS) return
    this.asking.add(chunk)
    void this.fill(chunk)
  }

  private async fill(chunk: number): Promise<void> {
    const from = chunk * CHUNK + 1
    const to = Math.min(this.last.value, (chunk + 1) * CHUNK)
    const before = this.chunks
    try {
      const entries = await this.read(from, to)
      if (this.chunks !== before) return // cleared meanwhile: this was another log
      const begin = entries[0]?.line ?? to + 1
      if (begin > from && from <= this.first.value) this.first.value = Math.max(this.first.value, begin)
      for (let line = from; line <= to; line++) this.put(line, this.chunks.get(chunk)?.[(line - 1) % CHUNK] ?? missing(line))
      for (const entry of entries) this.put(entry.line, entry)
      this.failedAt.delete(chunk)
      this.trim()
    } catch {
      // Whoever looks at these lines asks again; that the server is away is said elsewhere.
      this.failedAt.set(chunk, this.now())
      setTimeout(() => this.version.value++, PATIENCE_MS)
    } finally {
      this.asking.delete(chunk)
      this.version.value++
    }
  }
}

function chunkOf(line: number): number {
  return Math.floor((line - 1) / CHUNK)
}
