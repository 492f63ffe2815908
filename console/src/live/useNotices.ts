import type { Notice } from '@headway/client'
import { computed, type ComputedRef, onScopeDispose, shallowRef, watch } from 'vue'

import { useLive, useNow } from './connection'
import { principal } from './session'

const CLOSED = 'headway.notices.closed'
/** Ids of notices that are remembered as closed: twice as many as are valid at once. */
const CLOSED_LIMIT = 100
/** How soon a notice goes whose time is over. */
const LOOK_EVERY_MS = 5_000

export interface Told {
  readonly id: string
  readonly title: string
  readonly level: 'info' | 'warning' | 'error'
  readonly by: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly isForOne: boolean
}

/** What the person who is signed in was told and has not closed, the newest first. */
export function useNotices(): { notices: ComputedRef<readonly Told[]>; close: (id: string) => void } {
  const told = shallowRef<ReadonlyMap<string, Told>>(new Map())
  const closed = shallowRef<readonly string[]>(readClosed())
  const now = useNow(LOOK_EVERY_MS)

  function hear(notice: Notice): void {
    const { notice: id, kind, title, expires_at } = notice
    if (!id) return
    const next = new Map(told.value)
    next.delete(id)
    if (kind === 'message' && title && expires_at)
      next.set(id, {
        id,
        title,
        level: notice.level ?? 'info',
        by: notice.by ?? '',
        createdAt: notice.created_at ?? notice.at,
        expiresAt: expires_at,
        isForOne: notice.user !== undefined,
      })
    told.value = next
  }

  let stop: () => void = () => undefined
  watch(
    () => principal.value?.id,
    (name) => {
      stop()
      told.value = new Map()
      const subscription = name === undefined ? null : useLive().user(name, { onNotice: hear })
      stop = () => subscription?.close()
    },
    { immediate: true },
  )
  onScopeDispose(() => stop())

  return {
    notices: computed(() =>
      [...told.value.values()].reverse().filter(({ id, expiresAt }) => !closed.value.includes(id) && Date.parse(expiresAt) > now.value),
    ),
    close(id) {
      closed.value = [...closed.value, id].slice(-CLOSED_LIMIT)
      writeClosed(closed.value)
    },
  }
}

/** Storage may be forbidden, or hold what others wrote: then nothing was closed. */
function readClosed(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(CLOSED) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

function writeClosed(ids: readonly string[]): void {
  try {
    localStorage.setItem(CLOSED, JSON.stringify(ids))
  } catch {
    // They come again with the next load.
  }
}
