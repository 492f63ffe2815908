import { defineMessages } from '@/ui/i18n/messages'

/** The texts of `LateChip.vue`: loaded with it. */
export const late = defineMessages({
  en: {
    late: 'Live updates may be up to {seconds} s late',
    someLate: 'Live updates may be late',
    short: '≤ {seconds} s',
    someShort: 'late',
    nothingLost: 'Nothing is lost.',
    why: {
      bus_away: 'Redis does not answer, so what other processes record is found by asking the database.',
      news_lost: 'This server does not hear what other processes record, and finds it by asking the database.',
    },
  },
  'zh-CN': {
    late: '实时更新最多可能延迟 {seconds} 秒',
    someLate: '实时更新可能延迟',
    short: '≤ {seconds} 秒',
    someShort: '延迟',
    nothingLost: '不会丢失任何内容。',
    why: {
      bus_away: 'Redis 没有响应，其他进程记录的内容改由查询数据库获得。',
      news_lost: '此服务器收不到其他进程的消息，改由查询数据库获得。',
    },
  },
})
