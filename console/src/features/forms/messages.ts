import { defineMessages } from '@/ui/i18n/messages'

/** What forms, and secrets that are shown once, have in common. */
export const messages = defineMessages({
  en: { cancel: 'Cancel', haveIt: 'I have it', failed: 'That did not work' },
  'zh-CN': { cancel: '取消', haveIt: '我已保存', failed: '操作没有成功' },
})
