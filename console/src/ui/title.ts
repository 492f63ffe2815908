import { type MaybeRefOrGetter, onScopeDispose, ref, shallowReactive, toValue, watchEffect } from 'vue'

/** What the page that is shown calls itself; the header and the announcement of a new page use it. */
export const pageTitle = ref('')

const titles = shallowReactive(new Set<() => string>())

watchEffect(() => {
  const title = [...titles].at(-1)?.() ?? ''
  pageTitle.value = title
  document.title = title ? `${title} · Headway` : 'Headway'
})

/** Names the page, for the browser's tab, its history, and those who hear that a page has come. What is named last holds. */
export function useTitle(title: MaybeRefOrGetter<string>): void {
  const read = () => toValue(title)
  titles.add(read)
  onScopeDispose(() => titles.delete(read))
}
