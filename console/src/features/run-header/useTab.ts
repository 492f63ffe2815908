import type { View } from '@headway/client'
import { onScopeDispose, watchEffect } from 'vue'

import { useFormats } from '@/ui/formats'
import { isFinalState } from '@/ui/states'
import { boundedText } from '@/ui/text'

import { ringUrl, shareOf } from './ring'

/** Percent and state of the run in the tab: its title and its icon. Both are given back when the page is left. */
export function useTab(view: () => View, name: () => string): void {
  const formats = useFormats()
  const icon = document.querySelector<HTMLLinkElement>('link[rel~="icon"]') ?? document.head.appendChild(document.createElement('link'))
  icon.rel = 'icon'
  const before = { href: icon.href, title: document.title }

  watchEffect(() => {
    const { state = 'queued', progress } = view()
    const isFinal = isFinalState(state)
    const percent = progress && !isFinal ? formats.percent(progress.done, progress.total) : ''
    document.title = `${percent || formats.state(state)} ${boundedText(name(), 80)}`
    const colour = getComputedStyle(document.documentElement)
      .getPropertyValue(`--hw-state-${state.replaceAll('_', '-')}`)
      .trim()
    const url = ringUrl({ share: isFinal ? 1 : shareOf(progress), colour, isFinal })
    if (icon.href !== url) icon.href = url
  })
  onScopeDispose(() => {
    icon.href = before.href
    document.title = before.title
  })
}
