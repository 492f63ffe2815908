import type { ApprovalGiven } from '@headway/client/rest'
import { ref } from 'vue'

import { rest } from '@/live/rest'
import { troubleOf } from '@/live/trouble'
import { confirm } from '@/ui/confirm'
import type { Translate } from '@/ui/i18n/messages'
import { boundedText } from '@/ui/text'
import { useToasts } from '@/ui/toasts'

export type Verdict = 'approve' | 'refuse' | 'withdraw'
const ICONS = { approve: 'i-lucide-check', refuse: 'i-lucide-x', withdraw: 'i-lucide-x' } as const

/** What is asked for, in a few words. */
export function wordsOf({ kind, what }: ApprovalGiven, t: Translate): string {
  const name = boundedText(typeof what['name'] === 'string' ? what['name'] : '?', 80)
  const count = typeof what['count'] === 'number' ? what['count'] : 0
  switch (kind) {
    case 'run.start':
      return t('kind.start', { name })
    case 'run.delete':
      return t(what['part'] === 'log' ? 'kind.deleteLog' : 'kind.delete', { name })
    case 'runs.cancel':
      return t('kind.cancelMany', { n: count }, count)
    case 'runs.delete':
      return t('kind.deleteMany', { n: count }, count)
    case 'grant.add':
      return t(`kind.${what['act'] === 'group' || what['act'] === 'role' ? what['act'] : 'grant'}`, {
        name,
        role: boundedText(String(what['role']), 60),
        who: boundedText(String(what['add']), 120),
      })
    default:
      return boundedText(kind, 60)
  }
}

/** Approve, refuse or withdraw, after a question; `after` is called when something has become of it. */
export function useDeciding(t: Translate, after: () => void) {
  const { tell } = useToasts()
  const busy = ref<string | null>(null)

  async function decide(approval: ApprovalGiven, verdict: Verdict): Promise<void> {
    if (busy.value !== null) return
    const [what, by] = [wordsOf(approval, t), boundedText(approval.requested_by, 60)]
    const consent = await confirm({
      title: t(`${verdict}Title`, { what }),
      body: t(`${verdict}Body`, { by }),
      action: t(verdict),
      refusal: t('keep'),
      icon: ICONS[verdict],
      isDangerous: verdict !== 'approve',
      ...(verdict === 'withdraw' ? {} : { reason: verdict === 'refuse' ? t('whyNot', { by }) : t('why') }),
    })
    if (!consent) return
    if (verdict === 'refuse' && !consent.reason) return void tell({ title: t('noReason'), tone: 'error' })
    busy.value = approval.id
    const path = { approval: approval.id }
    try {
      if (verdict === 'withdraw') await rest.withdraw({ path })
      else if (verdict === 'refuse') await rest.refuse({ path, body: { reason: consent.reason } })
      else await rest.approve({ path, body: { reason: consent.reason || null } })
      tell({ title: t(`done.${verdict}`), body: what, tone: 'success' })
    } catch (error) {
      tell({ title: t('failed'), body: troubleOf(error).message, tone: 'error' })
    }
    busy.value = null
    after()
  }

  return { busy, decide }
}
