import type { View } from '@headway/client'
import { onScopeDispose, watchEffect } from 'vue'

import { useFormats } from '@/ui/formats'
import { isActiveState, isFinalState } from '@/ui/states'
import { boundedText } from '@/ui/text'
import { useTitle } from '@/ui/title'

import { ringUrl, shareOf } from './ring'

/** The page is called as its run; its tab shows percent and state too, by title and icon. Both are given back when the page is left. */
export function useTab(view: () => View, name: () => string): void {
  const formats = useFormats()
  const shown = (): string => boundedText(name(), 80)
  useTitle(shown, () => {
    const { state = 'queued', progress } = view()
    // A bar that stands still says less than why it does.
    const percent = progress && isActiveState(state) ? formats.percent(progress.done, progress.total) : ''
    return `${percent || formats.state(state)} ${shown()}`
  })

  const icon = document.querySelector<HTMLLinkElement>('link[rel~="icon"]') ?? document.head.appendChild(document.createElement('link'))
  icon.rel = 'icon'
  const before = icon.href
  watchEffect(() => {
    const { state = 'queued', progress } = view()
    const isFinal = isFinalState(state)
    const colour = getComputedStyle(document.documentElement)
      .getPropertyValue(`--hw-state-${state.replaceAll('_', '-')}`)
      .trim()
    const url = ringUrl({ share: isFinal ? 1 : shareOf(progress), colour, isFinal })
    if (icon.href !== url) icon.href = url
  })
  onScopeDispose(() => {
    icon.href = before
  })
}
