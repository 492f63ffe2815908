import { useTexts } from './i18n/messages'
import { messages } from './messages'
import { boundedText } from './text'
import { giversOf, type Troubling } from './trouble'

/** Says in a sentence or two why something was not done, and who can be asked for what is lacking: for toasts and forms. */
export function useRefusal(): (problem: Troubling) => string {
  const { t } = useTexts(messages)
  return (problem) => {
    const names = giversOf(problem).map((name) => boundedText(name, 60))
    const said = problem.code === 'unreachable' ? t('trouble.offlineHint') : boundedText(problem.detail ?? problem.message, 300)
    return names.length ? `${said} ${t('trouble.givers', { names: names.join(', ') })}` : said
  }
}
