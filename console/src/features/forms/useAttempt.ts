import { ref } from 'vue'

import { troubleOf } from '@/live/trouble'
import { useTexts } from '@/ui/i18n/messages'
import { useRefusal } from '@/ui/refusal'
import { useToasts } from '@/ui/toasts'

import { messages } from './messages'

/** Does one thing at a time, and tells what became of it; who lacks a permission is told who can give it. */
export function useAttempt(after: () => Promise<void>) {
  const { t } = useTexts(messages)
  const { tell } = useToasts()
  const say = useRefusal()
  const busy = ref<string | null>(null)

  /** `what`: on which row; `act` gives the words for when it is done. */
  async function attempt(what: string, act: () => Promise<string>): Promise<void> {
    if (busy.value !== null) return
    busy.value = what
    try {
      tell({ title: await act(), tone: 'success' })
    } catch (error) {
      tell({ title: t('failed'), body: say(troubleOf(error)), tone: 'error' })
    }
    await after()
    busy.value = null
  }

  return { busy, attempt }
}
