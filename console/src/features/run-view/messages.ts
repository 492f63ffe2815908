import { defineMessages } from '@/ui/i18n/messages'

export const messages = defineMessages({
  en: {
    run: 'Run',
    panes: 'Parts of the run',
    log: 'Log',
    steps: 'Steps',
    inspector: 'Inspector',
    logEdge: 'Height of the log',
    inspectorEdge: 'Width of the inspector',
    said: '{name} is {state}',
    noLog: 'The log could not be saved',
  },
  'zh-CN': {
    run: '运行',
    panes: '运行的各部分',
    log: '日志',
    steps: '步骤',
    inspector: '检查器',
    logEdge: '日志的高度',
    inspectorEdge: '检查器的宽度',
    said: '{name} {state}',
    noLog: '无法保存日志',
  },
})
