import type { Entry, Finished, Gap, Json, Point, View } from '@headway/client'
import type { RunDetail, Step } from '@headway/client/rest'
import { computed, type ComputedRef, type MaybeRefOrGetter, onScopeDispose, type ShallowRef, shallowRef, toValue, watch } from 'vue'

import { useLive } from './connection'
import type { LogSource } from './log'
import { rest } from './rest'
import { RunModel } from './runModel'
import type { Trouble } from './trouble'

export interface UsedRun {
  /** The newest view; empty until the first one comes. Never changed in place. */
  readonly view: ComputedRef<View>
  /** The event up to which `view` goes. */
  readonly seq: ComputedRef<number>
  /** The run's fields, parameters, attempts: by REST, read again at every turn (an attempt begins or ends, the run ends). */
  readonly detail: ComputedRef<RunDetail | null>
  /** All steps of all attempts, open and ended: by REST, then live. At most 10,000. */
  readonly steps: ComputedRef<readonly Step[]>
  /** Why `detail` could not be read (`run_not_found`, `unreachable` …). */
  readonly problem: ComputedRef<Trouble | null>
  /** The end, after the last line. */
  readonly finished: ComputedRef<Finished | null>
  /** The run is shown no longer: it was deleted, or the right to see it was taken away. */
  readonly closed: ComputedRef<{ code: string; why: string } | null>
  /** News may still come. */
  readonly isLive: ComputedRef<boolean>
  /** What is not to be had any more; the newest 100. */
  readonly gaps: ComputedRef<readonly Gap[]>
  /** The log by line. Another object for another run. */
  readonly log: ComputedRef<LogSource>
  /** Hear metric points as they come, of whatever run is shown, until the component is gone. */
  onPoints(listener: (points: Point[]) => void): void
  /** Hear new entries as they come. They are in `log` already. */
  onEntries(listener: (entries: Entry[]) => void): void
  /** Ask for something (`cancel`). Rejects with `CommandRefused`; given offline it waits for the connection. */
  command(what: string, args?: Record<string, Json>): Promise<Record<string, Json>>
  /** Read `detail` again, after an act of our own for instance. */
  reload(): Promise<void>
}

interface Shared {
  model: RunModel
  userCount: number
}

const shared = new Map<string, Shared>()

function acquire(run: string): RunModel {
  const found = shared.get(run) ?? { model: new RunModel(run, useLive(), rest), userCount: 0 }
  found.userCount++
  shared.set(run, found)
  return found.model
}

function release(model: RunModel): void {
  const found = shared.get(model.run)
  if (!found || found.model !== model || --found.userCount > 0) return
  shared.delete(model.run)
  model.close()
}

/** So long is what was asked for kept for the page that is about to show it. */
export const COMING_MS = 5_000

/** Ask for a run whose page is about to be drawn: the answers come while the parts of the page are still being made. */
export function expectRun(run: string): void {
  const model = acquire(run)
  setTimeout(() => release(model), COMING_MS)
}

/** One run, live. All components that use the same run share one subscription and one log. */
export function useRun(run: MaybeRefOrGetter<string>): UsedRun {
  const model = shallowRef(acquire(toValue(run)))
  const listeners: ((model: RunModel) => () => void)[] = []
  let stops: (() => void)[] = []

  watch(
    () => toValue(run),
    (next) => {
      const before = model.value
      stops.forEach((stop) => stop())
      model.value = acquire(next)
      stops = listeners.map((listen) => listen(model.value))
      release(before)
    },
    { flush: 'sync' },
  )
  onScopeDispose(() => {
    stops.forEach((stop) => stop())
    release(model.value)
  })

  function listen(start: (model: RunModel) => () => void): void {
    listeners.push(start)
    stops.push(start(model.value))
  }
  const read = <T>(from: (model: RunModel) => Readonly<ShallowRef<T>>) => computed(() => from(model.value).value)
  return {
    view: read((of) => of.view),
    seq: read((of) => of.seq),
    detail: read((of) => of.detail),
    steps: read((of) => of.steps),
    problem: read((of) => of.problem),
    finished: read((of) => of.finished),
    closed: read((of) => of.closed),
    isLive: read((of) => of.isLive),
    gaps: read((of) => of.gaps),
    log: computed(() => model.value.log),
    onPoints: (listener) => listen((of) => of.onPoints(listener)),
    onEntries: (listener) => listen((of) => of.onEntries(listener)),
    command: (what, args) => model.value.command(what, args),
    reload: () => model.value.read(),
  }
}
