/** What to do about a connection that is gone: the hundreds digit of the close code is the verdict. */

export const FIRST_DELAY = 500
export const LONGEST_DELAY = 20_000
/** A connection that lived this long clears the count of failures. */
export const HEALTHY = 10_000
/** After so many failures in a row a person is told, and given a button. */
export const TROUBLED = 5
const LONGEST_WISH = 600_000

export interface Loss {
  readonly code: number
  readonly why: string
  /** Seconds; what `goodbye` asked for. */
  readonly retryIn?: number | null | undefined
}

export const isFinal = (code: number) => code >= 4500 && code < 4600
export const wantsToken = (code: number) => code >= 4200 && code < 4300

/** Milliseconds to wait before the next try, after `failures` in a row (this one included). `luck` is from [0, 1): full jitter. */
export function delayOf(loss: Loss, failures: number, luck: number): number {
  if (typeof loss.retryIn === 'number') return Math.min(LONGEST_WISH, Math.max(0, loss.retryIn * 1000))
  if (loss.code >= 4100 && loss.code < 4300 && failures <= 1) return 0
  return luck * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures, 10))
}
