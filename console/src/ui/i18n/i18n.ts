import { createI18n } from 'vue-i18n'

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: {} })
