import type { Waiting } from '@headway/client/rest'
import { inject, type InjectionKey, type ShallowRef, shallowRef } from 'vue'

import { rest } from '@/live/rest'

import { provideAsked } from './asked'

type Reasons = ReadonlyMap<string, Waiting>
const key: InjectionKey<Readonly<ShallowRef<Reasons>>> = Symbol('reasons')
const none = shallowRef<Reasons>(new Map())

/** Why the queued rows in view wait: one question for all of them. */
export function provideReasons(queued: () => readonly string[]): void {
  provideAsked(key, queued, async (run, signal) => {
    const page = await rest.listWaiting({ query: { run }, signal })
    return new Map(page.items.map((waiting) => [waiting.run, waiting]))
  })
}

export function useReasons(): Readonly<ShallowRef<Reasons>> {
  return inject(key, none)
}
