import { effectScope, type Ref, watch } from 'vue'
import { createI18n } from 'vue-i18n'

import { i18n, type Language } from './i18n'

/** The same tree with text at its leaves: both languages must have every message. */
type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> }

/** The texts of one component or page, kept beside it, so that they load with its chunk and no list grows in the middle. */
export function defineMessages<T extends object>(texts: { en: T; 'zh-CN': Texts<T> }): Record<Language, T> {
  return texts as unknown as Record<Language, T>
}

/** The types of vue-i18n go through every message for every call, deeper than the compiler will; this is what we use of it. */
export type Translate = (key: string, namedOrPlural?: Record<string, unknown> | number, plural?: number) => string

export interface UsedTexts {
  readonly t: Translate
  /** Whether there is such a message in the present language. */
  readonly te: (key: string) => boolean
  readonly locale: Ref<Language>
}

const create = createI18n as unknown as (options: object) => { global: UsedTexts }

const kept = new WeakMap<object, UsedTexts>()

/** The texts of one component. All instances share them: a composer of its own costs each about 50 µs. */
export function useTexts<T extends object>(messages: Record<Language, T>): UsedTexts {
  const known = kept.get(messages)
  if (known) return known
  const language = i18n.global.locale as Ref<Language>
  const texts = create({ legacy: false, locale: language.value, fallbackLocale: 'en', messages }).global
  // Never stopped, also when the component that came first is gone: others share them.
  effectScope(true).run(() => watch(language, (now) => (texts.locale.value = now), { flush: 'sync' }))
  kept.set(messages, texts)
  return texts
}
