import type { Connection } from '@headway/client/rest'
import { computed, onScopeDispose, ref } from 'vue'

import { rest } from '@/live/rest'
import { principal } from '@/live/session'
import { troubleOf } from '@/live/trouble'
import { useAsync } from '@/live/useAsync'
import { confirm } from '@/ui/confirm'
import type { Translate } from '@/ui/i18n/messages'
import { boundedText } from '@/ui/text'
import { useToasts } from '@/ui/toasts'

const EVERY_MS = 5_000
const LIMIT = 100

/** Live connections, those with the most lag first, read again every five seconds; one can be ended, and all that are stale. */
export function useConnections(t: Translate) {
  const { tell } = useToasts()
  const list = useAsync((signal) => rest.listConnections({ query: { limit: LIMIT }, signal }))
  const timer = setInterval(() => document.visibilityState === 'visible' && void list.reload(), EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  const busy = ref<string | null>(null)
  /** Why none can be ended here. The server has the last word. */
  const why = computed(() => (principal.value?.permissions.includes('connection:manage') === true ? null : t('connections.forbidden')))

  async function attempt(what: string, act: () => Promise<string>): Promise<void> {
    busy.value = what
    try {
      tell({ title: await act(), tone: 'success' })
    } catch (error) {
      tell({ title: t('connections.failed'), body: troubleOf(error).message, tone: 'error' })
    }
    busy.value = null
    await list.reload()
  }

  async function end({ id, user, is_stale: isStale }: Connection): Promise<void> {
    if (busy.value !== null || why.value !== null) return
    const name = boundedText(user ?? t('connections.nobody'), 60)
    const question = {
      title: t('connections.endTitle', { name }),
      body: t(isStale ? 'connections.endStaleBody' : 'connections.endBody'),
      action: t('connections.endDo'),
      icon: 'i-lucide-unplug',
      isDangerous: true,
    }
    if (!(await confirm(question))) return
    await attempt(id, async () => {
      await rest.endConnection({ path: { connection: id } })
      return t('connections.ended', { name })
    })
  }

  async function sweep(): Promise<void> {
    if (busy.value !== null || why.value !== null) return
    const question = {
      title: t('connections.sweepTitle'),
      body: t('connections.sweepBody'),
      action: t('connections.sweepDo'),
      icon: 'i-lucide-brush-cleaning',
    }
    if (!(await confirm(question))) return
    await attempt('sweep', async () => {
      const { ended_count: here, asked_count: elsewhere } = await rest.sweepConnections({ body: {} })
      const n = here + elsewhere
      return t('connections.swept', { n }, n)
    })
  }

  return { list, busy, why, end, sweep }
}
