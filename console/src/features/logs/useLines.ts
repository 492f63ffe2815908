import { computed, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue'

import { countLines, followLines, type LineCount, type LogQuery, readLines, type RunLine } from '@/live/logFeed'
import { type Trouble, troubleOf } from '@/live/trouble'

/** Lines in memory. Who wants more narrows the search, or takes them as a file. */
export const LINES_KEPT = 20_000
/** Pages without a line that are asked for in a row: then a person says whether to go on. */
const EMPTY_PAGES = 40
/** Newest lines among which one that comes may be already. */
const OVERLAP = 2_000
/** After new lines have come, they are counted anew no sooner. */
const COUNT_AGAIN_MS = 3_000

interface Asked {
  /** As it is now: times back from now move. */
  query: () => LogQuery
  /** What has to change for all to be read anew. */
  key: () => string
  isFollowing: Readonly<Ref<boolean>>
  /** Whether new lines may be put in at once: the newest are in sight. */
  isAtTop: () => boolean
}

/** The lines that match, page by page, how many there are, and those that come. */
export function useLines(asking: Asked) {
  const lines = shallowRef<readonly RunLine[]>([])
  const next = ref<string | null>(null)
  const isLoading = ref(false)
  const isPaused = ref(false)
  const problem = shallowRef<Trouble | null>(null)
  let running = new AbortController()
  let asked: LogQuery = {}
  const count = useCount(() => asked)
  const fresh = useNewLines({ ...asking, lines, problem, came: count.soon })

  async function more(): Promise<void> {
    if (isLoading.value || lines.value.length >= LINES_KEPT) return
    const { signal } = running
    isLoading.value = true
    isPaused.value = false
    problem.value = null
    try {
      await readOn(signal)
    } catch (error) {
      if (!signal.aborted) problem.value = troubleOf(error)
    }
    if (!signal.aborted) isLoading.value = false
  }

  /** A page does a bounded amount of work, and may be empty. */
  async function readOn(signal: AbortSignal): Promise<void> {
    for (let empty = 0; !isPaused.value; empty += 1) {
      const page = await readLines(asked, next.value, signal)
      if (signal.aborted) return
      next.value = page.next
      lines.value = [...lines.value, ...page.lines]
      if (page.lines.length > 0 || page.next === null) return
      isPaused.value = empty >= EMPTY_PAGES
    }
  }

  function begin(): void {
    running.abort()
    running = new AbortController()
    asked = asking.query()
    lines.value = []
    next.value = null
    isLoading.value = false
    void more()
    count.begin()
    fresh.begin(asked)
  }

  watch(asking.key, begin, { immediate: true })
  onScopeDispose(() => running.abort())
  return {
    lines,
    hasMore: computed(() => next.value !== null && lines.value.length < LINES_KEPT),
    isFull: computed(() => next.value !== null && lines.value.length >= LINES_KEPT),
    isLoading,
    isPaused,
    problem,
    counted: count.counted,
    waiting: fresh.waiting,
    isConnected: fresh.isConnected,
    passedOver: fresh.passedOver,
    more,
    show: fresh.show,
    reload: begin,
  }
}

/** How many lines there are, by level: what is counted by now. */
function useCount(query: () => LogQuery) {
  const counted = shallowRef<LineCount | null>(null)
  let running = new AbortController()
  let again: ReturnType<typeof setTimeout> | undefined

  async function count({ signal }: AbortController, isShownAtOnce: boolean): Promise<void> {
    try {
      for await (const now of countLines(query(), signal)) {
        if (signal.aborted) return
        // A count of what was counted before would go back, if its first pieces were shown.
        if (isShownAtOnce || now.isComplete) counted.value = now
      }
    } catch {
      // What is wrong is told by the lines, which are asked for with the same words.
    }
  }

  function stop(): void {
    running.abort()
    clearTimeout(again)
    again = undefined
  }

  onScopeDispose(stop)
  return {
    counted,
    begin: (): void => {
      stop()
      counted.value = null
      running = new AbortController()
      void count(running, true)
    },
    soon: (): void => {
      again ??= setTimeout(() => ((again = undefined), void count(running, false)), COUNT_AGAIN_MS)
    },
  }
}

interface Fresh extends Asked {
  lines: ShallowRef<readonly RunLine[]>
  problem: ShallowRef<Trouble | null>
  came: () => void
}

/** Lines that come: put on top at once while the top is in sight, else kept until somebody wants them. */
function useNewLines({ isFollowing, isAtTop, lines, problem, came }: Fresh) {
  const held = shallowRef<readonly RunLine[]>([])
  const isConnected = ref<boolean | null>(null)
  const passedOver = ref(0)
  let running = new AbortController()
  let asked: LogQuery = {}

  function follow(): void {
    running.abort()
    running = new AbortController()
    isConnected.value = null
    if (!isFollowing.value) return
    const { signal } = running
    const { from: _, order: __, ...wanted } = asked
    const heard = {
      lines: take,
      gap: (count: number) => (passedOver.value += count),
      connected: (is: boolean) => (isConnected.value = is),
    }
    followLines(wanted, heard, signal).catch((error: unknown) => {
      if (!signal.aborted) problem.value = troubleOf(error)
    })
  }

  function take(heard: readonly RunLine[]): void {
    // The page and the stream overlap a little where one ends and the other begins.
    const known = new Set([...held.value, ...lines.value.slice(0, OVERLAP)].map(placeOf))
    const fresh = heard.filter((line) => !known.has(placeOf(line))).reverse()
    if (fresh.length === 0) return
    held.value = [...fresh, ...held.value].slice(0, LINES_KEPT)
    if (isAtTop()) show()
    came()
  }

  function show(): void {
    lines.value = [...held.value, ...lines.value].slice(0, LINES_KEPT)
    held.value = []
  }

  watch(isFollowing, follow)
  onScopeDispose(() => running.abort())
  return {
    waiting: computed(() => held.value.length),
    isConnected,
    passedOver,
    show,
    begin: (query: LogQuery): void => {
      asked = query
      held.value = []
      passedOver.value = 0
      follow()
    },
  }
}

export function placeOf(line: RunLine): string {
  return `${line.run}:${line.line}`
}
