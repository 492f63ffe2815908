import { defineMessages } from '@/ui/i18n/messages'

export const messages = defineMessages({
  en: {
    notices: 'Notices',
    levels: { info: 'Notice', warning: 'Warning', error: 'Urgent' },
    by: 'from {by}',
    forYou: 'to you, from {by}',
    close: 'Close this notice: {title}',
    more: '{n} more notice | {n} more notices',
  },
  'zh-CN': {
    notices: '公告',
    levels: { info: '公告', warning: '注意', error: '紧急' },
    by: '来自 {by}',
    forYou: '发给你，来自 {by}',
    close: '关闭此公告：{title}',
    more: '还有 {n} 条公告',
  },
})
