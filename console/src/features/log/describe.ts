import type { Entry } from '@headway/client'

/** How an entry that is not a line of text is told: a message of `messages.kind`, what goes into it, and an icon. */
export interface Told {
  readonly icon: string
  readonly message: string
  readonly values: Readonly<Record<string, { readonly as: Form; readonly of: unknown }>>
  readonly tone: 'quiet' | 'good' | 'bad'
}

/** By which formatter a value is shown. */
type Form = 'text' | 'outcome' | 'seconds' | 'bytes' | 'lines' | 'step' | 'command'

type Values = Told['values']

const text = (of: unknown): Values[string] => ({ as: 'text', of })

export function told(entry: Entry): Told | null {
  switch (entry.kind) {
    case 'step.started':
      return quiet('i-lucide-chevron-right', 'stepStarted', { name: text(entry['name']) })
    case 'step.ended':
      return ended(entry, 'stepEnded', {
        name: { as: 'step', of: entry.step },
        outcome: { as: 'outcome', of: entry['outcome'] },
        duration: { as: 'seconds', of: entry['duration_seconds'] },
      })
    case 'attempt.started':
      return attemptStarted(entry)
    case 'attempt.ended':
      return ended(entry, 'attemptEnded', { number: text(entry.attempt), outcome: { as: 'outcome', of: entry['outcome'] } })
    case 'artifact.added':
      return quiet('i-lucide-paperclip', 'artifactAdded', { name: text(entry['name']), size: { as: 'bytes', of: entry['size_bytes'] } })
    case 'result.stored':
      return quiet('i-lucide-flag', 'resultStored', { size: { as: 'bytes', of: entry['size_bytes'] } })
    case 'command.given':
      return command(entry)
    case 'approval.requested':
      return quiet('i-lucide-user-round-check', 'approvalRequested', { needed: text(entry['needed']), by: text(entry['by']) })
    case 'approval.approved':
      return voted(entry, 'approvalApproved', 'i-lucide-check', 'good')
    case 'approval.refused':
      return voted(entry, 'approvalRefused', 'i-lucide-x', 'bad')
    case 'output.dropped':
      return { ...dropped(entry), tone: 'bad' }
    default:
      return null
  }
}

function quiet(icon: string, message: string, values: Values): Told {
  return { icon, message, values, tone: 'quiet' }
}

function ended(entry: Entry, message: string, values: Values): Told {
  if (entry['outcome'] === 'succeeded') return { icon: 'i-lucide-check', message, values, tone: 'good' }
  const isBad = entry['outcome'] !== 'cancelled' && entry['outcome'] !== 'paused' && entry['outcome'] !== 'released'
  return { icon: isBad ? 'i-lucide-x' : 'i-lucide-circle-slash', message, values, tone: isBad ? 'bad' : 'quiet' }
}

function attemptStarted(entry: Entry): Told {
  const values = { number: text(entry.attempt), worker: text(entry['worker'] ?? '–') }
  if (typeof entry['checkpoint'] !== 'number') return quiet('i-lucide-play', 'attemptStarted', values)
  return quiet('i-lucide-play', 'attemptStartedFrom', { ...values, checkpoint: text(entry['checkpoint']) })
}

function command(entry: Entry): Told {
  const values = { by: text(entry['by']), what: { as: 'command', of: entry['do'] } } as const
  const given: unknown = entry['args']
  const reason = typeof given === 'object' && given !== null && 'reason' in given ? given.reason : null
  if (!reason) return quiet('i-lucide-hand', 'commandGiven', values)
  return quiet('i-lucide-hand', 'commandGivenReason', { ...values, reason: text(reason) })
}

function voted(entry: Entry, message: string, icon: string, tone: Told['tone']): Told {
  const values = { by: text(entry['by']), given: text(entry['given']), needed: text(entry['needed']) }
  const reason = entry['reason']
  return reason ? { icon, message: `${message}Reason`, values: { ...values, reason: text(reason) }, tone } : { icon, message, values, tone }
}

function dropped(entry: Entry): Told {
  return quiet('i-lucide-scissors', 'outputDropped', {
    lines: { as: 'lines', of: entry['line_count'] },
    size: { as: 'bytes', of: entry['byte_count'] },
    reason: text(entry['reason']),
  })
}

/** The last call of a Python traceback and the exception itself: what one wants to know first. */
export function lastFrame(traceback: string): { place: string; said: string } | null {
  const lines = traceback.trimEnd().split('\n')
  const frame = lines.findLast((line) => /^\s+File "/.test(line))
  const found = frame && /File "([^"]+)", line (\d+)(?:, in (.+))?/.exec(frame)
  if (!found) return null
  const path = found[1]?.split('/').slice(-2).join('/') ?? ''
  const said = lines.at(-1) ?? ''
  return { place: `${path}:${found[2] ?? ''}${found[3] ? ` ${found[3]}` : ''}`, said: /^\s/.test(said) ? '' : said }
}

/** The traceback that an entry carries: a line's own, or that of the error which ended an attempt or a step. */
export function tracebackOf(entry: Entry): string | null {
  if (typeof entry.traceback === 'string') return entry.traceback
  const error: unknown = entry['error']
  if (typeof error !== 'object' || error === null || !('traceback' in error)) return null
  return typeof error.traceback === 'string' ? error.traceback : null
}

/** The object or list that a line of text is, if it is JSON and not too long to look at. */
export function jsonOf(text: string): object | null {
  const trimmed = text.trim()
  if (!/^[[{].*[\]}]$/s.test(trimmed) || trimmed.length > 65_536) return null
  try {
    const value: unknown = JSON.parse(trimmed)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
