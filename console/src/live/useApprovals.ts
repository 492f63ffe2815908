import type { ApprovalsTold } from '@headway/client'
import { onScopeDispose, readonly, shallowRef } from 'vue'

import { useLive } from './connection'

const told = shallowRef<ApprovalsTold | null>(null)

/** What waits for approval, as the shell hears it: for the number in the menu, and for pages that show more of it. */
export const approvals = readonly(told)

/** Hears it for as long as the component is there. */
export function hearApprovals(): void {
  const subscription = useLive().approvals({ onApprovals: (next) => (told.value = next) })
  onScopeDispose(() => {
    subscription.close()
    told.value = null
  })
}
