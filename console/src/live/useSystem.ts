import type { Sample } from '@headway/client'
import { onScopeDispose, readonly, type Ref, ref } from 'vue'

import { useLive } from './connection'

/** Hears how the installation is doing. `isClosed`: nothing will come, for instance because it is not allowed. */
export function useSystem(onSamples: (samples: Sample[]) => void): { isClosed: Readonly<Ref<boolean>> } {
  const isClosed = ref(false)
  const subscription = useLive().system({ onSamples, onClosed: () => (isClosed.value = true) })
  onScopeDispose(() => subscription.close())
  return { isClosed: readonly(isClosed) }
}
