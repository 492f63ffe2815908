/** The server's clock, seen from here: a clock of this device that is an hour off changes nothing that is shown. */

/** A message that seems older than this came late, or one of the clocks was set. */
const SET = 5_000

export class ServerClock {
  private offset: number | null = null

  /** `at`: what the server's message says. `sent`: when that was asked for, if it was; half of the way there and back is the way. */
  hear(at: string, now: number, sent?: number): void {
    const said = Date.parse(at)
    if (Number.isNaN(said)) return
    const offset = said - now + (sent === undefined ? 0 : (now - sent) / 2)
    // What travelled least is nearest to the truth: of all that comes unasked, the greatest offset is right.
    if (sent !== undefined || this.offset === null || offset > this.offset || offset < this.offset - SET) this.offset = offset
  }

  read(now: number): number {
    return now + (this.offset ?? 0)
  }
}
