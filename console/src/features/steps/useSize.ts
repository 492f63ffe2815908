import { onScopeDispose, type Ref, ref, type ShallowRef, watch } from 'vue'

/** Width and height of an element, as they change. */
export function useSize(element: Readonly<ShallowRef<HTMLElement | null>>): { width: Ref<number>; height: Ref<number> } {
  const width = ref(0)
  const height = ref(0)
  const observer = new ResizeObserver(([seen]) => {
    width.value = seen?.contentRect.width ?? 0
    height.value = seen?.contentRect.height ?? 0
  })
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before)
      if (now) observer.observe(now)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    observer.disconnect()
  })
  return { width, height }
}
