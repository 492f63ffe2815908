import type { WorkerSeen } from '@headway/client/rest'
import { computed, onScopeDispose, ref, type Ref } from 'vue'

import { useLive } from '@/live/connection'
import { momentOf } from '@/live/moments'
import { rest } from '@/live/rest'
import { principal } from '@/live/session'
import { troubleOf } from '@/live/trouble'
import { useAsync } from '@/live/useAsync'
import { confirm } from '@/ui/confirm'
import type { Translate } from '@/ui/i18n/messages'
import { boundedText } from '@/ui/text'
import { useToasts } from '@/ui/toasts'

const EVERY_MS = 3_000
/** How the broker is doing comes with the samples of a time: of the shortest that there is. */
const BROKER_MS = 60_000

export type Act = 'drain' | 'restart' | 'giveBack'
const ICONS = { drain: 'i-lucide-hourglass', restart: 'i-lucide-rotate-cw', giveBack: 'i-lucide-octagon-minus' } as const

export const nameOf = ({ host, pid }: WorkerSeen): string => `${boundedText(host, 60)}:${String(pid)}`
/** Whether Celery's broker calls it; whether it hears that; or whether it looks for runs by itself. */
export const modeOf = ({ echoes }: WorkerSeen): 'looks' | 'bells' | 'deaf' =>
  echoes === null ? 'looks' : echoes.deaf.length > 0 ? 'deaf' : 'bells'
export const isThere = ({ state }: WorkerSeen): boolean => state === 'live' || state === 'draining'

/** The workers, and one of them with its runs, read again every three seconds; and what can be asked of them. */
export function useWorkers(t: Translate, opened: Readonly<Ref<string | null>>) {
  const { tell } = useToasts()
  const workers = useAsync((signal) => rest.listWorkers({ signal }))
  const detail = useAsync(async (signal) => (opened.value === null ? null : rest.showWorker({ path: { worker: opened.value }, signal })))
  /** Whether there is a broker at all, the workers say. */
  const isCalled = computed(() => workers.data.value?.items.some(({ echoes }) => echoes !== null) === true)
  const broker = useAsync(async (signal) => {
    if (!isCalled.value) return null
    const now = useLive().serverNow()
    return (await rest.showSystem({ query: { from: momentOf(now - BROKER_MS), to: momentOf(now) }, signal })).broker
  })
  const reload = async (): Promise<void> => void (await Promise.all([workers.reload(), detail.reload(), broker.reload()]))
  const timer = setInterval(() => document.visibilityState === 'visible' && void reload(), EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  const busy = ref<string | null>(null)
  const held = computed(() => principal.value?.permissions.includes('worker:manage') === true)

  /** Why something cannot be asked of it; null: it can. The server has the last word. */
  function why(worker: WorkerSeen, act: Act): string | null {
    if (!held.value) return t('forbidden')
    if (!isThere(worker)) return t('left')
    return act !== 'giveBack' && worker.wish === act ? t('leaving') : null
  }

  async function ask(worker: WorkerSeen, act: Act): Promise<void> {
    if (busy.value !== null || why(worker, act) !== null) return
    const name = nameOf(worker)
    const question = {
      title: t(`${act}Title`, { name }),
      body: t(`${act}Body`),
      action: t(`${act}Do`),
      refusal: t('keep'),
      icon: ICONS[act],
    }
    if (!(await confirm({ ...question, isDangerous: act === 'giveBack' }))) return
    busy.value = worker.id
    try {
      const given = { path: { worker: worker.id }, body: { is_now: act === 'giveBack' } }
      const isRestart = (act === 'giveBack' ? worker.wish : act) === 'restart'
      await (isRestart ? rest.restartWorker(given) : rest.drainWorker(given))
      await reload()
      tell({ title: t('done', { name }), tone: 'success' })
    } catch (error) {
      tell({ title: t('failed'), body: troubleOf(error).message, tone: 'error' })
    }
    busy.value = null
  }

  return { workers, detail, broker, busy, held, why, ask }
}
