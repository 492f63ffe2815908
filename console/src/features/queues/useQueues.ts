import type { QueueState, Quota } from '@headway/client/rest'
import { computed, onScopeDispose, ref } from 'vue'

import { rest } from '@/live/rest'
import { principal } from '@/live/session'
import { troubleOf } from '@/live/trouble'
import { useAsync } from '@/live/useAsync'
import { confirm } from '@/ui/confirm'
import type { Translate } from '@/ui/i18n/messages'
import { useToasts } from '@/ui/toasts'

import type { Limits } from './limits'

const EVERY_MS = 5_000

/** Queues and quotas, read again every five seconds, and what can be done with them. */
export function useQueues(t: Translate) {
  const { tell } = useToasts()
  const queues = useAsync((signal) => rest.listQueues({ signal }))
  const quotas = useAsync((signal) => rest.listQuotas({ signal }))
  const timer = setInterval(() => document.visibilityState === 'visible' && void queues.reload(), EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  const busy = ref<string | null>(null)
  /** Why nothing can be changed here. The server has the last word. */
  const why = computed(() => (principal.value?.permissions.includes('queue:manage') === true ? null : t('forbidden')))

  async function attempt(act: () => Promise<string>): Promise<void> {
    try {
      tell({ title: await act(), tone: 'success' })
    } catch (error) {
      tell({ title: t('failed'), body: troubleOf(error).message, tone: 'error' })
    }
  }

  async function toggle({ name, is_paused }: QueueState): Promise<void> {
    if (busy.value !== null || why.value !== null) return
    const question = { title: t('pauseTitle', { name }), body: t('pauseBody'), action: t('pauseDo'), icon: 'i-lucide-pause' }
    if (!is_paused && !(await confirm(question))) return
    busy.value = name
    await attempt(async () => {
      await rest.editQueue({ path: { name }, body: { is_paused: !is_paused } })
      await queues.reload()
      return t(is_paused ? 'resumed' : 'paused', { name })
    })
    busy.value = null
  }

  async function limitQueue(name: string, limits: Limits): Promise<void> {
    await rest.editQueue({ path: { name }, body: { ...limits } })
    tell({ title: t('saved', { name }), tone: 'success' })
    await queues.reload()
  }

  async function limitProject(project: string, limits: Limits): Promise<void> {
    await rest.editQuota({ path: { project }, body: { ...limits } })
    tell({ title: t('saved', { name: project }), tone: 'success' })
    await quotas.reload()
  }

  async function removeQuota({ project: name }: Quota): Promise<void> {
    if (!(await confirm({ title: t('removeTitle', { name }), body: t('removeBody'), action: t('removeDo'), icon: 'i-lucide-trash-2' })))
      return
    await attempt(async () => {
      await rest.editQuota({ path: { project: name }, body: { running_limit: null, queued_limit: null } })
      await quotas.reload()
      return t('removed', { name })
    })
  }

  return { queues, quotas, why, busy, toggle, limitQueue, limitProject, removeQuota }
}
