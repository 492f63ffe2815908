import { Live, type LiveOptions } from '../src/live'
import { FakeHttp, FakeServer, FakeSurroundings, FakeWire } from '../src/testing'
import { loadOneWay } from '../src/transports'
import type { RunListener } from '../src/topics'
import type { Entry, Finished, Gap, View } from '../src/types'

// The clock of the tests does not wait for code to be loaded.
await loadOneWay()

export interface Place {
  here: FakeSurroundings
  wire: FakeWire
  http: FakeHttp
  server: FakeServer
  live: Live
}

/** A client and a server on one clock. */
export function place(options: Partial<LiveOptions> = {}): Place {
  const here = (options.surroundings as FakeSurroundings | undefined) ?? new FakeSurroundings()
  const wire = new FakeWire()
  const server = new FakeServer(here, wire)
  const http = new FakeHttp(here, server)
  const live = new Live({
    url: 'wss://headway.example/api/v1/live',
    getToken: () => Promise.resolve('good'),
    openSocket: wire.open,
    fetch: http.fetch,
    surroundings: here,
    ...options,
  })
  return { here, wire, http, server, live }
}

/** Writes down what a listener of a run is told, and holds it against the promise: each line once and in order, or a gap; one end. */
export class Diary implements RunListener {
  readonly lines: Entry[] = []
  readonly gaps: Gap[] = []
  readonly resets: string[] = []
  readonly ends: Finished[] = []
  readonly closed: { code: string; why: string }[] = []
  readonly points: { seq: number; value: number }[] = []
  readonly views: View[] = []
  readonly seqs: number[] = []
  view: View = {}
  folded = 0
  line = 0

  onStart = (line: number) => {
    this.line = line
  }
  onView = (view: View, { seq, folded }: { seq: number; folded: number }) => {
    this.view = view
    this.views.push(view)
    this.seqs.push(seq)
    this.folded += folded
  }
  onEntries = (first: number, entries: Entry[]) => {
    if (this.ends.length) throw new Error('A line after the end.')
    if (first !== this.line + 1) throw new Error(`Line ${first} came after ${this.line}.`)
    entries.forEach((entry, index) => {
      if (entry.line !== first + index) throw new Error(`Line ${entry.line} stands at ${first + index}.`)
    })
    this.line += entries.length
    this.lines.push(...entries)
  }
  onPoints = (points: { seq: number; value: number }[]) => {
    this.points.push(...points)
  }
  onGap = (gap: Gap) => {
    this.gaps.push(gap)
    if (gap.facet !== 'log') return
    if (gap.from !== this.line + 1) throw new Error(`A gap from ${gap.from} after line ${this.line}.`)
    this.line = gap.to
  }
  onReset = (why: string) => {
    this.resets.push(why)
    this.lines.length = this.gaps.length = this.ends.length = 0
    this.line = 0
  }
  onFinished = (finished: Finished) => {
    this.ends.push(finished)
  }
  onClosed = (end: { code: string; why: string }) => {
    this.closed.push(end)
  }
}
