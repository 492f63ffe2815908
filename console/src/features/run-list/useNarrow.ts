import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether the window is too narrow for a table. */
export function useNarrow(query = '(max-width: 767px)'): Readonly<Ref<boolean>> {
  const media = matchMedia(query)
  const isNarrow = ref(media.matches)
  const look = () => (isNarrow.value = media.matches)
  media.addEventListener('change', look)
  onScopeDispose(() => media.removeEventListener('change', look))
  return readonly(isNarrow)
}
