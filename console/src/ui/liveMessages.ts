import { defineMessages } from './i18n/messages'

/** The texts of `LiveDetails.vue`: loaded with it. */
export const details = defineMessages({
  en: {
    latency: 'There and back',
    transport: 'Transport',
    detour: {
      sse: 'WebSockets do not get through here, so news come as a stream of events. Nothing is lost; a WebSocket is tried again every ten minutes.',
      poll: 'Neither WebSockets nor streams get through here, so news are asked for, and come a little later. Nothing is lost; a WebSocket is tried again every ten minutes.',
    },
    node: 'Server process',
    folded: 'Folded updates',
    foldedHint: 'newer news replaced older before they were drawn',
    lost: 'Lost',
    noneLost: '0 lines lost',
    someLost: '{count} line lost | {count} lines lost',
    caughtUp: 'Caught up',
    events: '{count} event after the last reconnect | {count} events after the last reconnect',
    reconnect: 'Reconnect now',
    retryIn: 'Trying again in {time}',
    attempts: '{count} failed attempt | {count} failed attempts',
    troubled: 'The server does not answer. Headway goes on trying; nothing is lost meanwhile.',
    shownAge: 'What you see is {time} old.',
  },
  'zh-CN': {
    latency: '往返时间',
    transport: '传输方式',
    detour: {
      sse: '此网络不放行 WebSocket，消息改由事件流送达。不会丢失任何内容；每十分钟会再试一次 WebSocket。',
      poll: '此网络既不放行 WebSocket，也不放行事件流，消息改由轮询获取，会稍晚一些。不会丢失任何内容；每十分钟会再试一次 WebSocket。',
    },
    node: '服务器进程',
    folded: '合并的更新',
    foldedHint: '绘制之前，旧消息已被新消息取代',
    lost: '丢失',
    noneLost: '丢失 0 行',
    someLost: '丢失 {count} 行',
    caughtUp: '已补上',
    events: '上次重连后补上 {count} 个事件',
    reconnect: '立即重连',
    retryIn: '{time}后重试',
    attempts: '连续失败 {count} 次',
    troubled: '服务器没有响应。Headway 会继续尝试；期间不会丢失任何内容。',
    shownAge: '当前显示的是{time}前的内容。',
  },
})
