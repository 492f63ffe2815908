import type { Status } from '@headway/client'

/** Above this a person would notice: the badge turns amber. */
const slowMs = 1000

export type Liveness = 'live' | 'slow' | 'connecting' | 'reconnecting' | 'offline' | 'paused' | 'stopped'

/** The state of the connection in one word. `connecting` is the first time only: after that people should know that they wait. */
export function livenessOf(status: Status): Liveness {
  switch (status.phase) {
    case 'open':
      return status.lagMs !== null && status.lagMs > slowMs ? 'slow' : 'live'
    case 'offline':
      return 'offline'
    case 'hidden':
    case 'idle':
      return 'paused'
    case 'stopped':
    case 'closed':
      return 'stopped'
    case 'waiting':
      return 'reconnecting'
    case 'connecting':
    case 'greeting':
      return status.attempts > 0 || status.problem ? 'reconnecting' : 'connecting'
  }
}

export type Tone = 'live' | 'slow' | 'gone' | 'quiet'

const tones: Record<Liveness, Tone> = {
  live: 'live',
  slow: 'slow',
  connecting: 'quiet',
  reconnecting: 'gone',
  offline: 'gone',
  paused: 'quiet',
  stopped: 'gone',
}

export const toneOf = (liveness: Liveness): Tone => tones[liveness]
