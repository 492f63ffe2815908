import type { Row } from './types'
import type { ServerMessage } from './wire'

/** When the newest event of a message happened, in milliseconds since 1970; null where that is not said, or it is not news. */
export function newestAt(message: ServerMessage): number | null {
  switch (message.type) {
    case 'entries':
      return timeOf(message.entries.at(-1)?.at)
    case 'points':
      return timeOf(message.points.at(-1)?.at)
    case 'patch':
      return newestOf(message.view as Row)
    case 'row':
      return message.whole ? null : newestOf(message.patch as Row)
    default:
      return null
  }
}

function newestOf({ progress, last_line }: Row): number | null {
  return Math.max(timeOf(progress?.at) ?? 0, timeOf(last_line?.at) ?? 0) || null
}

function timeOf(at: string | undefined): number | null {
  const time = at ? Date.parse(at) : NaN
  return Number.isNaN(time) ? null : time
}
