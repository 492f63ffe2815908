import type { Surroundings } from '../surroundings'

interface Timer {
  at: number
  no: number
  callback: () => void
}

/** A place to run in whose clock stands still until a test moves it, and which is online and looked at as the test says. */
export class FakeSurroundings implements Surroundings {
  readonly errors: unknown[] = []
  private time: number
  private timers: Timer[] = []
  private lastNo = 0
  private world = { isOnline: true, isVisible: true }
  private readonly listeners = new Set<() => void>()

  /** `luck`: what `random` gives. */
  constructor(
    now = Date.parse('2026-11-22T09:00:00Z'),
    public luck: () => number = () => 0.5,
  ) {
    this.time = now
  }

  now(): number {
    return this.time
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer = { at: this.time + ms, no: ++this.lastNo, callback }
    this.timers.push(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.timers = this.timers.filter((one) => one !== timer)
  }

  random(): number {
    return this.luck()
  }

  isOnline(): boolean {
    return this.world.isOnline
  }

  isVisible(): boolean {
    return this.world.isVisible
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  onFrame(callback: () => void): void {
    this.setTimeout(callback, this.world.isVisible ? 16 : 1_000)
  }

  reportError(error: unknown): void {
    this.errors.push(error)
  }

  get listenerCount(): number {
    return this.listeners.size
  }

  get timerCount(): number {
    return this.timers.length
  }

  /** The page is hidden or shown, the network goes or comes. */
  change(world: Partial<{ isOnline: boolean; isVisible: boolean }>): void {
    Object.assign(this.world, world)
    for (const listener of [...this.listeners]) listener()
  }

  /** Let time pass: timers that come due are called in their order, and promises are kept in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    await settle()
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at || one.no - other.no)[0]
      if (!due) break
      this.clearTimeout(due)
      this.time = Math.max(this.time, due.at)
      due.callback()
      await settle()
    }
    this.time = end
  }

  /** The device sleeps: time passes, and nothing happens. What came due comes late. */
  sleep(ms: number): void {
    this.time += ms
  }
}

/** Promises that wait for each other are kept, as many as there are likely to be in a row. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 24; turn++) await Promise.resolve()
}
