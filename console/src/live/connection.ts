import { type CursorStore, Live, type Status } from '@headway/client'
import { computed, onScopeDispose, readonly, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue'

import { livenessOf, toneOf } from '@/ui/live'

import { serverUrl } from './base'
import { getToken, principal } from './session'

const CURSORS = 'headway.cursors'

function liveUrl(): string {
  const url = new URL(`${serverUrl}/api/v1/live`)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}

/** Positions outlast a reload, in this tab alone. Storage may be forbidden: then they do not. */
const cursors: CursorStore = {
  read: () => sessionStorage.getItem(CURSORS),
  write: (cursor) => sessionStorage.setItem(CURSORS, cursor),
}

function connect(): Live {
  const live = new Live({ url: liveUrl(), getToken, cursors })
  live.onStatus((now) => {
    if (live !== current) return
    status.value = now
    lostAt.value = toneOf(livenessOf(now)) === 'gone' ? (lostAt.value ?? live.serverNow()) : null
  })
  return live
}

let current: Live | null = null
const status = shallowRef<Status>() as ShallowRef<Status>
/** By the server's clock; null: there is a connection, or none was lost. */
const lostAt = ref<number | null>(null)

/** The one live connection of the page. It connects when something is first subscribed. */
export function useLive(): Live {
  if (!current) {
    current = connect()
    status.value = current.status
  }
  return current
}

/** What one person may see is not for the next: their connection goes with them. */
watch(
  () => principal.value?.id,
  (_, before) => {
    if (before === undefined || !current) return
    current.close()
    current = null
    useLive()
  },
  { flush: 'sync' },
)

/** How the live connection is, for people. */
export function useStatus(): Readonly<ShallowRef<Status>> {
  useLive()
  return readonly(status) as Readonly<ShallowRef<Status>>
}

/** Try to connect now: a person wants it. */
export function reconnect(): void {
  useLive().reconnect()
}

interface Ticker {
  now: Ref<number>
  userCount: number
  timer: ReturnType<typeof setInterval> | undefined
}

const tickers = new Map<number, Ticker>()

function setTimer(ticker: Ticker, intervalMs: number): void {
  clearInterval(ticker.timer)
  ticker.timer = undefined
  if (document.visibilityState === 'hidden' || ticker.userCount === 0) return
  ticker.now.value = useLive().serverNow()
  ticker.timer = setInterval(() => (ticker.now.value = useLive().serverNow()), intervalMs)
}

document.addEventListener('visibilitychange', () => {
  for (const [intervalMs, ticker] of tickers) setTimer(ticker, intervalMs)
})

/**
 * The time by the server's clock, in milliseconds since 1970, which moves every `intervalMs`.
 * All who want the same interval share one timer, which rests while the page is hidden.
 */
export function useNow(intervalMs = 1000): Readonly<Ref<number>> {
  const ticker = tickers.get(intervalMs) ?? { now: ref(useLive().serverNow()), userCount: 0, timer: undefined }
  tickers.set(intervalMs, ticker)
  ticker.userCount++
  if (ticker.timer === undefined) setTimer(ticker, intervalMs)
  onScopeDispose(() => {
    ticker.userCount--
    if (ticker.userCount === 0) setTimer(ticker, intervalMs)
  })
  return readonly(ticker.now)
}

/** Up to when what is shown is known, by the server's clock: it stands still while the connection is gone. */
export function useKnownUntil(): Readonly<Ref<number>> {
  const now = useNow()
  return computed(() => lostAt.value ?? now.value)
}
