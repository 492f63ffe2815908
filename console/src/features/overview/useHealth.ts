import type { Sample } from '@headway/client'
import type { ApisSampled } from '@headway/client/rest'
import { computed, type ComputedRef, onScopeDispose, ref, shallowRef } from 'vue'

import { useLive } from '@/live/connection'
import { momentOf } from '@/live/moments'
import { rest } from '@/live/rest'
import { principal } from '@/live/session'
import { useAsync } from '@/live/useAsync'
import { useSystem } from '@/live/useSystem'

/** Calls are told of this time. */
const CALLS_MS = 900_000
/** However often is sampled, calls are asked for no more often. */
const AGAIN_MS = 5_000
/** A host that says nothing for longer is not there now. */
const SILENT_MS = 300_000

export interface Health {
  /** Whether this person may see how the installation is doing: the server says it; until then those with a role wait for it. */
  readonly sight: ComputedRef<'asked' | 'seen' | 'none'>
  /** The newest sample of each host, the busiest first. */
  readonly hosts: ComputedRef<readonly Sample[]>
  readonly calls: ComputedRef<ApisSampled | null>
}

/** How the installation is doing, for a glance: hosts as the live channel tells of them; calls, which the server joins, after each sample. */
export function useHealth(): Health {
  const isSeen = ref(false)
  const newest = shallowRef<ReadonlyMap<string, Sample>>(new Map())
  let again: ReturnType<typeof setTimeout> | undefined

  const { isClosed } = useSystem((samples) => {
    const hosts = samples.filter(({ kind }) => kind === 'host')
    if (hosts.length > 0) newest.value = new Map([...newest.value, ...hosts.map((sample) => [sample.name, sample] as const)])
    if (isSeen.value && samples.some(({ kind }) => kind === 'route'))
      again ??= setTimeout(() => {
        again = undefined
        if (document.visibilityState === 'visible') void asked.reload()
      }, AGAIN_MS)
    isSeen.value = true
  })
  // Asked for only by those to whom the channel has spoken: nobody is refused for looking at the home page.
  const asked = useAsync((signal) =>
    isSeen.value ? rest.showApis({ query: { from: momentOf(useLive().serverNow() - CALLS_MS) }, signal }) : Promise.resolve(null),
  )
  onScopeDispose(() => clearTimeout(again))

  const sight = computed(() => {
    if (isClosed.value) return 'none'
    if (isSeen.value) return 'seen'
    return principal.value?.permissions.includes('system:read') ? 'asked' : 'none'
  })
  const hosts = computed(() => {
    const since = useLive().serverNow() - SILENT_MS
    return [...newest.value.values()]
      .filter(({ at }) => Date.parse(at) > since)
      .sort((one, other) => (other.levels['cpu'] ?? 0) - (one.levels['cpu'] ?? 0))
  })
  return { sight, hosts, calls: computed(() => (sight.value === 'seen' ? asked.data.value : null)) }
}
