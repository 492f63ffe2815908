import { computed, ref } from 'vue'
import { useRouter } from 'vue-router'

import { randomKey } from '@/live/randomKey'
import { rest } from '@/live/rest'
import { isGuest, principal } from '@/live/session'
import { troubleOf } from '@/live/trouble'
import type { UsedRun } from '@/live/useRun'
import { type Action, useActions } from '@/ui/actions'
import { confirm } from '@/ui/confirm'
import type { Translate } from '@/ui/i18n/messages'
import { type Key, useKeys } from '@/ui/keys'
import { useToasts } from '@/ui/toasts'

import { type Act, acts, isPaused, whyNot } from './acts'

const icons: Record<Act, string> = {
  cancel: 'i-lucide-octagon-x',
  pause: 'i-lucide-pause',
  resume: 'i-lucide-play',
  retry: 'i-lucide-rotate-cw',
  clone: 'i-lucide-copy-plus',
  dump: 'i-lucide-layers',
  share: 'i-lucide-link',
  deleteLog: 'i-lucide-eraser',
  delete: 'i-lucide-trash-2',
}
const keys: Partial<Record<Act, string>> = { cancel: 'c', pause: 'p', resume: 'p', retry: 'r', clone: 'n', dump: '.', share: 's' }

export interface Offer {
  readonly act: Act
  readonly label: string
  readonly icon: string
  readonly keys: string | undefined
  /** Why it cannot be done now. */
  readonly why: string | null
  readonly run: () => void
}

/** What a person can do with a run, by button, key and palette alike. `share` opens what that takes. */
export function useActs(id: string, used: UsedRun, t: Translate, share: () => void) {
  const { tell } = useToasts()
  const deeds = { ...useDeeds(id, used, t), share: async () => share() }
  const busy = ref<Act | null>(null)

  async function run(act: Act): Promise<void> {
    if (busy.value || whyNot(act, used.view.value, used.detail.value)) return
    busy.value = act
    try {
      await deeds[act]()
    } catch (error) {
      tell({ title: t('failed'), body: troubleOf(error).message, tone: 'error' })
    } finally {
      busy.value = null
    }
  }

  /** Of pausing and going on, the one that can be meant; links, to those who may make some; to a guest, nothing. */
  const offered = computed(() => {
    const absent = new Set<Act>([isPaused(used.view.value) ? 'pause' : 'resume'])
    if (!principal.value?.permissions_somewhere?.includes('run:share')) absent.add('share')
    return isGuest.value ? [] : acts.filter((act) => !absent.has(act))
  })
  const offers = computed<Offer[]>(() =>
    offered.value.map((act) => {
      const why = whyNot(act, used.view.value, used.detail.value)
      return { act, label: t(`action.${act}`), icon: icons[act], keys: keys[act], why: why && t(`why.${why}`), run: () => void run(act) }
    }),
  )
  useActions(() =>
    offers.value.map((offer): Action => ({
      id: `run.${offer.act}`,
      label: offer.label,
      icon: offer.icon,
      isEnabled: !offer.why,
      run: offer.run,
      ...(offer.keys ? { keys: offer.keys } : {}),
    })),
  )
  useKeys(() =>
    offers.value.flatMap((offer): Key[] =>
      offer.keys ? [{ keys: offer.keys, does: offer.label, group: t('run'), when: () => !offer.why, run: offer.run }] : [],
    ),
  )
  return { offers, busy }
}

function useDeeds(id: string, used: UsedRun, t: Translate): Record<Exclude<Act, 'share'>, () => Promise<void>> {
  const { tell } = useToasts()
  const router = useRouter()
  /** The same until a retry has succeeded: a second try after a lost answer finds the first one's run. */
  let retryKey = randomKey()
  /** Whether it was not done, but asked for: others have to approve it. */
  const isAsked = (answer: unknown): boolean => {
    const is = typeof answer === 'object' && answer !== null && 'needed' in answer
    if (is) tell({ title: t('asked'), body: t('askedBody') })
    return is
  }
  return {
    cancel: async () => {
      const consent = await confirm({
        title: t('cancelTitle'),
        body: t('cancelBody'),
        action: t('cancelDo'),
        refusal: t('keepRunning'),
        icon: icons.cancel,
        isDangerous: true,
        reason: t('cancelReason'),
      })
      if (!consent) return
      await rest.cancelRun({ path: { run: id }, body: consent.reason ? { reason: consent.reason } : {} })
    },
    pause: async () => {
      await rest.pauseRun({ path: { run: id }, body: {} })
    },
    resume: async () => {
      await rest.resumeRun({ path: { run: id }, body: {} })
    },
    retry: async () => {
      const again = await rest.retryRun({ path: { run: id }, body: {}, headers: { 'idempotency-key': retryKey } })
      retryKey = randomKey()
      tell({ title: t('retried'), tone: 'success' })
      await router.push({ name: 'run', params: { run: again.id } })
    },
    clone: async () => {
      const task = used.detail.value?.task ?? used.view.value.task
      if (task) await router.push({ name: 'start', params: { task }, query: { from: id } })
    },
    dump: async () => {
      await rest.dumpStack({ path: { run: id } })
      tell({ title: t('dumped'), body: t('dumpedBody') })
    },
    deleteLog: async () => {
      const consent = await confirm({
        title: t('deleteLogTitle'),
        body: t('deleteLogBody'),
        action: t('deleteLogDo'),
        icon: icons.deleteLog,
        isDangerous: true,
      })
      if (!consent) return
      if (isAsked(await rest.deleteLog({ path: { run: id } }))) return
      await used.reload()
      tell({ title: t('logDeleted'), tone: 'success' })
    },
    delete: async () => {
      const consent = await confirm({
        title: t('deleteTitle'),
        body: t('deleteBody'),
        action: t('deleteDo'),
        icon: icons.delete,
        isDangerous: true,
      })
      if (!consent) return
      if (isAsked(await rest.deleteRun({ path: { run: id } }))) return
      await router.push({ name: 'runs' })
    },
  }
}
