import type { Sample } from '@headway/client'
import { computed, onScopeDispose, type Ref, ref, watch } from 'vue'

import { useLive, useStatus } from '@/live/connection'
import { momentOf } from '@/live/moments'
import { type Async, useAsync } from '@/live/useAsync'
import { useSystem } from '@/live/useSystem'
import { livenessOf, toneOf } from '@/ui/live'

import { type Range, RANGES } from './ranges'

/** While nothing comes live, the server is asked this often. */
const POLL_MS = 10_000
/** What came live is joined to steps by the server this often. */
const JOIN_MS = 120_000
/** What only the server can join is asked for when there is a new sample of it, but not more often. */
const AGAIN_MS = 5_000
const LIVE_KEPT = 400

interface Window {
  ends_at: string
}

export interface Query {
  from: string
  to: string
}

/**
 * What the server has kept of the range, and the samples that came live since, by whom they are about.
 * `joined`: a kind of which the samples of many are wanted as one. Their percentiles cannot be added up here, so the server is asked
 * anew when there are new ones: every 30 s, as the sampler goes.
 */
export function useSampled<T extends Window>(
  range: Ref<Range>,
  load: (query: Query, signal: AbortSignal) => Promise<T>,
  joined?: Sample['kind'],
): { loaded: Async<T>; liveOf: (kind: Sample['kind'], name: string) => readonly Sample[]; version: Ref<number> } {
  const version = ref(0)
  const live = new Map<string, Sample[]>()
  const loaded = useAsync(async (signal) => {
    const now = useLive().serverNow()
    const answer = await load({ from: momentOf(now - RANGES[range.value] * 1000), to: momentOf(now) }, signal)
    for (const [key, samples] of live) {
      live.set(
        key,
        samples.filter(({ at }) => at > answer.ends_at),
      )
    }
    version.value += 1
    return answer
  })

  let again: ReturnType<typeof setTimeout> | undefined
  const reload = () => {
    again = undefined
    if (document.visibilityState === 'visible') void loaded.reload()
  }

  const { isClosed } = useSystem((samples) => {
    // Before the first answer there is nothing that these could be news to.
    const end = loaded.data.value?.ends_at
    if (end !== undefined && samples.some(({ kind, at }) => kind === joined && at > end)) again ??= setTimeout(reload, AGAIN_MS)
    for (const sample of samples) {
      const key = `${sample.kind} ${sample.name}`
      const before = live.get(key) ?? []
      if (sample.at > (before.at(-1)?.at ?? loaded.data.value?.ends_at ?? '')) live.set(key, [...before, sample].slice(-LIVE_KEPT))
    }
    version.value += 1
  })

  const status = useStatus()
  const everyMs = computed(() => (isClosed.value || toneOf(livenessOf(status.value)) === 'gone' ? POLL_MS : JOIN_MS))
  let timer: ReturnType<typeof setInterval> | undefined
  watch(
    everyMs,
    (ms) => {
      clearInterval(timer)
      timer = setInterval(() => document.visibilityState === 'visible' && void loaded.reload(), ms)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearInterval(timer)
    clearTimeout(again)
  })
  return { loaded, liveOf: (kind, name) => live.get(`${kind} ${name}`) ?? [], version }
}
