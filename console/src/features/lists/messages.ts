import { defineMessages } from '@/ui/i18n/messages'

export const messages = defineMessages({
  en: { more: 'Show more' },
  'zh-CN': { more: '显示更多' },
})
