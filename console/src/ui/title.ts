import { type MaybeRefOrGetter, onScopeDispose, ref, shallowReactive, toValue, watchEffect } from 'vue'

/** What the page that is shown calls itself; the header and the announcement of a new page use it. */
export const pageTitle = ref('')

interface Title {
  page: () => string
  /** In the browser's tab, where the page has more to say there than its name. */
  tab: (() => string) | undefined
}

const titles = shallowReactive(new Set<Title>())

watchEffect(() => {
  const title = [...titles].at(-1)
  const page = title?.page() ?? ''
  pageTitle.value = page
  document.title = title?.tab?.() ?? (page ? `${page} · Headway` : 'Headway')
})

/** Names the page, for the browser's tab, its history, and those who hear that a page has come. What is named last holds. */
export function useTitle(page: MaybeRefOrGetter<string>, tab?: () => string): void {
  const title = { page: () => toValue(page), tab }
  titles.add(title)
  onScopeDispose(() => titles.delete(title))
}
