import { onMounted, onScopeDispose, readonly, type Ref, ref } from 'vue'

/** A tab in the background draws nothing: then the parts come all the same. */
const UNSEEN_MS = 100

/**
 * Counts up to `count`, one step after each picture: a page whose parts are drawn one after the other shows its head at once, and keeps
 * the browser from hearing keys and clicks for the time of one part, not of all.
 */
export function useStages(count: number): Readonly<Ref<number>> {
  const stage = ref(0)
  let isOver = false
  onMounted(async () => {
    while (stage.value < count && !isOver) {
      await nextPicture()
      stage.value += 1
    }
  })
  onScopeDispose(() => (isOver = true))
  return readonly(stage)
}

function nextPicture(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, UNSEEN_MS)
    requestAnimationFrame(() => setTimeout(resolve))
  })
}
