import { nextTick, onMounted, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue'

import { follow, type Follow, type FollowEvent, FOLLOWING } from './follow'
import { Rows } from './rows'
import { type Extent, isAtEnd, moved, type Place, placeAt, tallness } from './scroller'

export const ROW_HEIGHT = 20
/** Rows drawn beyond what is seen on either side, so that a flick of the wheel shows no emptiness. */
const OVERSCAN = 16
/** With fewer of them left, the window moves. A turn of the wheel is five rows: most of its frames draw nothing. */
const SLACK = 6
/** The bar of a very long log is put right when nothing has moved for so long. */
const REST_MS = 160

/** What is drawn now: rows `from` to `to`, `top` pixels below the beginning of an element that is `tall`. */
export interface Frame {
  readonly from: number
  readonly to: number
  readonly top: number
  readonly tall: number
}

/** The first and the last row of which something is seen. Apart from the frame, which changes less often. */
export interface Sight {
  readonly from: number
  readonly to: number
}

interface Options {
  element: Readonly<ShallowRef<HTMLElement | null>>
  /** How many rows there are now. */
  count: () => number
  /** The newest line now, from which new ones are counted while the end is out of sight. */
  last: () => number
  isFollowing: boolean
}

/** The window on a list of very many rows, and whether it stays at the end. One layout a frame, however much arrives. */
export function useWindow({ element, count, last, isFollowing }: Options) {
  const rows = new Rows(ROW_HEIGHT)
  const frame = shallowRef<Frame>({ from: 0, to: -1, top: 0, tall: 0 })
  const sight = shallowRef<Sight>({ from: 0, to: -1 })
  const state: Ref<Follow> = ref(isFollowing ? FOLLOWING : { phase: 'held', since: 0 })
  const layout = makeLayout(rows, { frame, sight, state, element, count })

  function tell(event: FollowEvent): void {
    state.value = follow(state.value, event)
    if (state.value.phase === 'following') layout.request()
  }

  function onScroll(): void {
    const turn = layout.take()
    if (turn === 'up') tell({ kind: 'moved_up', last: last() })
    else if (turn === 'end' && state.value.phase === 'held') state.value = FOLLOWING
  }

  /** A person's own move, told before its scroll event: at a thousand lines a second the end would win otherwise. */
  function onMove(event: WheelEvent | PointerEvent): void {
    const isUp = event instanceof WheelEvent ? event.deltaY < 0 : event.target === element.value && event.pointerType === 'mouse'
    if (isUp && state.value.phase === 'following' && rows.total > layout.seen()) tell({ kind: 'moved_up', last: last() })
  }

  function show(row: number, where: 'middle' | 'top' = 'middle'): void {
    tell({ kind: 'jumped', last: last() })
    layout.show(row, where)
  }

  useResize(element, layout.request)
  return { rows, frame, sight, state, tell, onScroll, onMove, show, request: layout.request, measure: layout.measure, keep: layout.keep }
}

/** Scrolls the element there, unless it is; where it stands then. */
function put(element: HTMLElement | null, bar: number): number {
  if (!element) return 0
  if (Math.abs(element.scrollTop - bar) > 0.5) element.scrollTop = bar
  return element.scrollTop
}

const topOf = (rows: Rows, row: number, place: Place): number => rows.topOf(row) - (place.top - place.bar)

/** As many rows at every place, as long as heights are alike: whoever draws them can hand their elements on. */
function frameAt(rows: Rows, place: Place, sight: Sight, extent: Extent): Frame {
  const most = Math.max(sight.to - sight.from, Math.ceil(extent.seen / ROW_HEIGHT)) + 2 * OVERSCAN
  const from = Math.max(0, Math.min(sight.from - OVERSCAN, rows.count - 1 - most))
  return { from, to: Math.min(rows.count - 1, from + most), top: topOf(rows, from, place), tall: tallness(extent) }
}

function isInside({ from, to }: Frame, sight: Sight, count: number): boolean {
  return (from === 0 || sight.from - from >= SLACK) && (to >= count - 1 || to - sight.to >= SLACK)
}

interface Parts {
  frame: ShallowRef<Frame>
  sight: ShallowRef<Sight>
  state: Ref<Follow>
  element: Readonly<ShallowRef<HTMLElement | null>>
  count: () => number
}

function makeLayout(rows: Rows, { frame, sight, state, element, count }: Parts) {
  let place: Place = { top: 0, bar: 0 }
  /** The row that was gone to: it stays where it is while heights become known, until a person scrolls. */
  let anchor: number | null = null
  /** Where the element was last put or found. Its event comes later, perhaps after a jump was asked for: then it is no move of a person's. */
  let known = 0
  let asked = 0
  let resting = 0
  const seen = (): number => element.value?.clientHeight ?? 0
  const extent = () => ({ total: rows.total, seen: seen() })

  function request(): void {
    if (!asked) asked = requestAnimationFrame(apply)
  }

  function apply(): void {
    asked = 0
    rows.count = count()
    place = placeAt(state.value.phase === 'following' ? rows.total : place.top, extent())
    draw()
    // The element must have grown before it can be scrolled there.
    void nextTick(() => (known = put(element.value, place.bar)))
  }

  function draw(): void {
    frame.value = frameAt(rows, place, look(), extent())
  }

  function look(): Sight {
    return (sight.value = { from: rows.rowAt(place.top), to: rows.rowAt(place.top + seen()) })
  }

  /** Moves the window, if what is seen has come near its edge or the bar stands for another place than it did. */
  function moveWindow(): void {
    const now = look()
    if (!isInside(frame.value, now, rows.count) || frame.value.top !== topOf(rows, frame.value.from, place)) draw()
  }

  /** The element was scrolled: where to, as far as following is concerned. */
  function take(): 'up' | 'end' | 'down' | 'still' {
    const bar = element.value?.scrollTop ?? 0
    const by = bar - place.bar
    if (Math.abs(by) <= 1 || Math.abs(bar - known) <= 1) return 'still'
    known = bar
    place = moved(place, bar, extent())
    anchor = null
    moveWindow()
    clearTimeout(resting)
    resting = window.setTimeout(request, REST_MS)
    if (by < 0) return 'up'
    return isAtEnd(place, extent()) ? 'end' : 'down'
  }

  /** Heights as they were drawn. What grows above the row that is read must not push it. */
  function measure(heights: Iterable<readonly [row: number, height: number]>): void {
    const first = anchor ?? sight.value.from
    let grown = 0
    let above = 0
    for (const [row, height] of heights) {
      const by = rows.setHeight(row, height)
      grown += Math.abs(by)
      if (row < first) above += by
    }
    if (grown === 0) return
    place = { ...place, top: place.top + above }
    request()
  }

  function show(row: number, where: 'middle' | 'top'): void {
    rows.count = count()
    const room = where === 'middle' ? Math.max(0, (seen() - ROW_HEIGHT) / 2) : 0
    place = placeAt(rows.topOf(row) - room, extent())
    anchor = row
    request()
  }

  /** Changes what rows there are or how high, and stays at the row that is first in sight, which is `by` further on afterwards. */
  function keep(change: () => void, by = 0): void {
    const row = Math.max(0, (anchor ?? sight.value.from) + by)
    const shift = rows.topOf(row - by) - place.top
    change()
    rows.count = count()
    place = placeAt(rows.topOf(row) - shift, extent())
    anchor = row
    request()
  }

  onScopeDispose(() => {
    cancelAnimationFrame(asked)
    clearTimeout(resting)
  })
  return { request, take, measure, show, keep, seen }
}

function useResize(element: Readonly<ShallowRef<HTMLElement | null>>, resized: () => void): void {
  const observer = new ResizeObserver(resized)
  onMounted(() => {
    watch(
      element,
      (now, before) => {
        if (before) observer.unobserve(before)
        if (now) observer.observe(now)
      },
      { immediate: true },
    )
  })
  onScopeDispose(() => {
    observer.disconnect()
  })
}
