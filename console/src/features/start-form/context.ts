import { inject, provide, reactive, ref, type InjectionKey, type Ref } from 'vue'

/** What the controls of one form share. */
export interface FormContext {
  /** Someone tried to start: every error is shown, also where nothing was typed yet. */
  isTried: Ref<boolean>
  /** Paths whose control was left at least once. */
  touched: Set<string>
  /** Controls whose text is no value yet (JSON, a key): path to what is wrong. The form cannot be sent until they are settled. */
  faults: Map<string, string>
}

const key: InjectionKey<FormContext> = Symbol('form')

export function provideForm(): FormContext {
  const context: FormContext = { isTried: ref(false), touched: reactive(new Set<string>()), faults: reactive(new Map<string, string>()) }
  provide(key, context)
  return context
}

export function useFormContext(): FormContext {
  const context = inject(key)
  if (context === undefined) throw new Error('A control stands outside of a form.')
  return context
}
