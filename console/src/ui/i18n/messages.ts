import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import type { Language } from './i18n'

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

const useComposer = useI18n as unknown as (options: object) => UsedTexts

/** The texts of one component. It costs about 50 µs an instance: rows of long lists take their texts from their list. */
export function useTexts<T extends object>(messages: Record<Language, T>): UsedTexts {
  return useComposer({ useScope: 'local', inheritLocale: true, messages })
}
