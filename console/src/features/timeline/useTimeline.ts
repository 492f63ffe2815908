import { computed, type Ref, ref } from 'vue'

import type { Node, StepTree } from '../steps/tree'
import { idle, makeScale, merged, type Stretch, ticks, zoomed } from './scale'

interface Asked {
  tree: Readonly<Ref<StepTree>>
  /** When it was queued, and when it ended if it has. */
  queuedAt: () => number | null
  finishedAt: () => number | null
  /** The time of the newest data: open steps reach there. */
  now: () => number
  width: Readonly<Ref<number>>
}

/** More stretches than this are joined into what can be told apart on a screen. */
const STRETCHES_MOST = 20_000

/** What part of a run's time is seen, and where its moments are on the screen. */
export function useTimeline({ tree, queuedAt, finishedAt, now, width }: Asked) {
  const window = ref<Stretch | null>(null)
  const isFolding = ref(true)

  const all = computed<Stretch>(() => {
    const begins = [queuedAt(), ...tree.value.attemptList.map((one) => one.startedAt)].filter((one) => one !== null)
    const first = begins.length ? Math.min(...begins) : now()
    return [first, Math.max(first + 1, finishedAt() ?? now())]
  })
  const end = computed(() => finishedAt() ?? now())
  const endOf = (node: Node): number => Math.max(node.startedAt, node.endedAt ?? end.value)

  const busy = computed<Stretch[]>(() => {
    const stretches: Stretch[] = []
    for (const node of tree.value.stepList) {
      stretches.push([node.startedAt, node.endedAt ?? Infinity])
      if (stretches.length >= STRETCHES_MOST) break
    }
    return merged(stretches)
  })
  const shown = computed<Stretch>(() => window.value ?? all.value)
  const gaps = computed<Stretch[]>(() => {
    if (!isFolding.value) return []
    const until = busy.value.map(([from, to]) => [from, Math.min(to, end.value)] as const)
    return idle(until.length ? until : [all.value], shown.value)
  })
  const scale = computed(() => makeScale(shown.value, Math.max(50, width.value), gaps.value))
  const origin = computed(() => tree.value.attemptList[0]?.startedAt ?? all.value[0])

  function zoom(factor: number, around = (shown.value[0] + shown.value[1]) / 2): void {
    const next = zoomed(shown.value, around, factor, all.value)
    window.value = next[1] - next[0] >= all.value[1] - all.value[0] ? null : next
  }

  return {
    all,
    scale,
    origin,
    endOf,
    isFolding,
    isZoomed: computed(() => window.value !== null),
    ticks: computed(() => ticks(scale.value, origin.value)),
    zoom,
    show: (stretch: Stretch | null): void => {
      window.value = stretch
    },
  }
}

export type Timeline = ReturnType<typeof useTimeline>
