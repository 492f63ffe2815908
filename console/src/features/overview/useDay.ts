import type { SummedUp } from '@headway/client/rest'
import { onScopeDispose, type Ref, watch } from 'vue'

import { rest } from '@/live/rest'
import { type Async, useAsync } from '@/live/useAsync'

/** However much happens, statistics are asked for no more often. */
const REFRESH_MS = 10_000

/** How runs went in the last 24 hours; asked for anew after `news` changed, at most every ten seconds, while somebody looks. */
export function useDay(news: Ref<unknown>): Async<SummedUp> {
  const day = useAsync((signal) => rest.sumUp({ query: { step: 'hour' }, signal }))
  let isOld = false
  let askedAt = Date.now()
  let isSettled = true
  const ask = () => {
    if ((!isOld && isSettled) || document.hidden || Date.now() - askedAt < REFRESH_MS) return
    // What is summed up may be some seconds old: after the last news it is asked for once more.
    isSettled = !isOld
    isOld = false
    askedAt = Date.now()
    void day.reload()
  }
  watch(news, () => {
    isOld = true
    ask()
  })
  const timer = setInterval(ask, 1_000)
  onScopeDispose(() => clearInterval(timer))
  return day
}
