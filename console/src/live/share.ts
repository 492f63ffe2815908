import { createRest, Problem } from '@headway/client/rest'
import { type ComputedRef, computed, type Ref, ref, type ShallowRef, shallowRef } from 'vue'

import { basePath } from './base'
import { type Bought, getToken, visit } from './session'
import type { Trouble } from './trouble'
import { useAsync } from './useAsync'

const KEPT = 'headway.share_code'
const CODE = /^#code=([\w-]{8,512})$/

export interface Share {
  /** The run that the link is about, and when the link ends; null: it is not known yet. */
  readonly shared: Readonly<ShallowRef<{ run: string; endsAt: string } | null>>
  /** The link is good no more, or never was. */
  readonly hasEnded: Readonly<Ref<boolean>>
  /** Why it cannot be followed now, where that is something else. */
  readonly problem: ComputedRef<Trouble | null>
  retry(): Promise<void>
}

/** The code of a share link in what follows the `#` of an address; null: there is none. */
export function shareCodeIn(hash: string): string | null {
  return CODE.exec(hash)?.[1] ?? null
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** The code is gone from the address by then; this tab alone knows it, so that the page can be loaded again. */
function keep(code: string | null): void {
  try {
    if (code === null) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, code)
  } catch {
    // Without storage the link has to be followed again.
  }
}

/** Read this page by the share link whose code stands in `hash`, or was followed in this tab before. Null: there is none. */
export function openShare(hash: string, rest = createRest({ baseUrl: basePath })): Share | null {
  const before = kept()
  const code = shareCodeIn(hash) ?? before
  if (code === null) return null
  const shared: Share['shared'] & { value: unknown } = shallowRef<{ run: string; endsAt: string } | null>(null)
  const hasEnded = ref(false)
  /** Who loads the page again, or goes on reading, is no further visitor. */
  let isRenewal = code === before
  keep(code)

  async function buy(): Promise<Bought> {
    try {
      const { token, expires_in, run, link_expires_at } = await rest.createShareToken({ body: { code: code ?? '', is_renewal: isRenewal } })
      isRenewal = true
      shared.value = { run, endsAt: link_expires_at }
      return { token, expires_in }
    } catch (error) {
      if (error instanceof Problem && error.code === 'share_link_ended') {
        hasEnded.value = true
        keep(null)
      }
      throw error
    }
  }

  visit(buy)
  const asked = useAsync(() => getToken())
  return { shared, hasEnded, problem: computed(() => (hasEnded.value ? null : asked.problem.value)), retry: asked.reload }
}
