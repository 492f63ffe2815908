import { computed, type ComputedRef, type MaybeRefOrGetter, onScopeDispose, shallowReactive, toValue } from 'vue'

export interface Registry<T> {
  /** Adds what a component offers, as long as the component lives. */
  register: (offers: MaybeRefOrGetter<readonly T[]>) => void
  /** All that is offered now; what came last stands first. */
  all: ComputedRef<T[]>
}

/** What the parts on the page offer at this moment: keys, actions. */
export function createRegistry<T>(): Registry<T> {
  const sources = shallowReactive(new Set<MaybeRefOrGetter<readonly T[]>>())
  return {
    register(offers) {
      // The same getter may be given by two components.
      const source = () => toValue(offers)
      sources.add(source)
      onScopeDispose(() => sources.delete(source))
    },
    all: computed(() => [...sources].reverse().flatMap((source) => toValue(source))),
  }
}
