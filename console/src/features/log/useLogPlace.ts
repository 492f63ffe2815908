import type { Level } from '@headway/client'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { parseKey } from '../steps/tree'
import type { Query } from './hits'
import { formatLines, type Lines, parseLines } from './permalink'

export const levels = ['debug', 'info', 'warning', 'error', 'critical'] as const satisfies readonly Level[]
export const times = ['absolute', 'relative', 'delta'] as const
/** What a program prints; of what it reports nothing is written there. */
export const streams = ['stdout', 'stderr'] as const
export type Stream = (typeof streams)[number]
export type TimeMode = (typeof times)[number]

/** What of the log is looked at, and how: all of it stands in the address. */
export function useLogPlace() {
  const route = useRoute()
  const router = useRouter()

  function text(name: string): string {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }

  function set(changes: Record<string, string | null>, hash = route.hash): void {
    const merged = { ...route.query, ...changes }
    const query = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== ''))
    void router.replace({ query, hash })
  }

  const shownLevels = computed(() => levels.filter((level) => text('levels').split(',').includes(level)))
  const step = computed(() => (text('only') === 'step' ? parseKey(text('step')) : null))
  const search = computed<Query | null>(() => {
    const q = text('q')
    return q === '' ? null : { q, regex: text('regex') === '1', case: text('case') === '1' }
  })
  const stream = computed<Stream | null>(() => streams.find((one) => one === text('stream')) ?? null)
  const attempt = computed<number | null>(() => (/^[1-9]\d{0,8}$/.test(text('attempt')) ? Number(text('attempt')) : null))
  /** What fits this is shown; null: everything is. */
  const filter = computed<Query | null>(() => {
    const wanted: Query = {
      ...(shownLevels.value.length > 0 && { levels: shownLevels.value }),
      ...(stream.value && { stream: stream.value }),
      ...(attempt.value && { attempt: attempt.value }),
      ...(step.value && { step: step.value.id, attempt: step.value.attempt }),
    }
    return Object.keys(wanted).length === 0 ? null : wanted
  })

  return {
    filter,
    search,
    shownLevels,
    step,
    stream,
    attempt,
    lines: computed(() => parseLines(route.hash)),
    time: computed<TimeMode>(() => times.find((one) => one === text('time')) ?? 'absolute'),
    isWrapping: computed(() => text('wrap') === '1'),
    isFull: computed(() => text('log') === 'full'),
    setLevels: (wanted: readonly Level[]): void => set({ levels: wanted.length === levels.length ? null : wanted.join(',') }),
    setStream: (wanted: Stream | null): void => set({ stream: wanted }),
    setAttempt: (wanted: number | null): void => set({ attempt: wanted === null ? null : String(wanted), only: null }),
    setSearch: (query: Query | null): void =>
      set({ q: query?.q ?? null, regex: query?.regex ? '1' : null, case: query?.case ? '1' : null }),
    setLines: (lines: Lines | null): void => set({}, formatLines(lines)),
    setTime: (mode: TimeMode): void => set({ time: mode === 'absolute' ? null : mode }),
    setWrapping: (is: boolean): void => set({ wrap: is ? '1' : null }),
    setFull: (is: boolean): void => set({ log: is ? 'full' : null }),
    showAllSteps: (): void => set({ only: null }),
  }
}
