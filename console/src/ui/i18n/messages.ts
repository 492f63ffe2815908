import { useI18n } from 'vue-i18n'

import type { Language } from './i18n'

/** The same tree with text at its leaves: both languages must have every message. */
type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> }

/** The texts of one component or page, kept beside it, so that they load with its chunk and no list grows in the middle. */
export function defineMessages<T extends object>(texts: { en: T; 'zh-CN': Texts<T> }): Record<Language, T> {
  return texts as unknown as Record<Language, T>
}

/** `t`, `n`, `locale` of vue-i18n over the texts of one component. */
export function useTexts<T extends object>(messages: Record<Language, T>) {
  return useI18n({ useScope: 'local', inheritLocale: true, messages: messages as never })
}
