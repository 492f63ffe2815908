import type { RunState } from '@headway/client'

/** The shape of a state, beside its colour and its word: no two are alike. The moving ones turn or breathe. In the order in which a run meets them. */
const icons: Record<RunState, string> = {
  scheduled: 'i-lucide-calendar-clock',
  awaiting_approval: 'i-lucide-user-round-check',
  queued: 'i-lucide-hourglass',
  running: 'i-lucide-loader-circle',
  pausing: 'i-lucide-circle-pause',
  paused: 'i-lucide-pause',
  cancelling: 'i-lucide-octagon-minus',
  retrying: 'i-lucide-rotate-cw',
  succeeded: 'i-lucide-circle-check',
  failed: 'i-lucide-circle-x',
  cancelled: 'i-lucide-ban',
  timed_out: 'i-lucide-alarm-clock-off',
  lost: 'i-lucide-unplug',
}

/** All states, in the order in which a run meets them. */
export const STATES = Object.keys(icons) as readonly RunState[]
const finals = new Set<string>(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost'])

export function isState(word: string): word is RunState {
  return Object.hasOwn(icons, word)
}

export function stateIcon(state: string): string {
  return isState(state) ? icons[state] : 'i-lucide-circle-question-mark'
}

/** A CSS colour that can be read on every ground; a state that we do not know is grey. */
export function stateColor(state: string): string {
  return isState(state) ? `var(--hw-state-${state.replaceAll('_', '-')})` : 'var(--ui-text-muted)'
}

/** Whether code of the run may be at work: only then it has a rate and a time left. */
export function isActiveState(state: string): boolean {
  return state === 'running' || state === 'pausing' || state === 'cancelling'
}

export function isFinalState(state: string): boolean {
  return finals.has(state)
}
