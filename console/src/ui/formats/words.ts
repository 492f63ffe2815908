/** States, outcomes and values in words. One that we do not know stays as it is. */
import type { RunState } from '@headway/client'

import type { Language } from '../i18n/i18n'
import { formatCount, formatNumber, nothing } from './numbers'

const states: Record<RunState, Record<Language, string>> = {
  scheduled: { en: 'scheduled', 'zh-CN': '已计划' },
  awaiting_approval: { en: 'awaiting approval', 'zh-CN': '等待批准' },
  queued: { en: 'queued', 'zh-CN': '排队中' },
  running: { en: 'running', 'zh-CN': '运行中' },
  pausing: { en: 'pausing', 'zh-CN': '正在暂停' },
  paused: { en: 'paused', 'zh-CN': '已暂停' },
  cancelling: { en: 'cancelling', 'zh-CN': '正在取消' },
  retrying: { en: 'retrying', 'zh-CN': '等待重试' },
  succeeded: { en: 'succeeded', 'zh-CN': '成功' },
  failed: { en: 'failed', 'zh-CN': '失败' },
  cancelled: { en: 'cancelled', 'zh-CN': '已取消' },
  timed_out: { en: 'timed out', 'zh-CN': '超时' },
  lost: { en: 'lost', 'zh-CN': '失联' },
}

export function formatState(state: string, language: Language): string {
  return Object.hasOwn(states, state) ? states[state as RunState][language] : state
}

/** How an attempt ended. */
export function formatOutcome(outcome: string, language: Language): string {
  if (outcome === 'released') return language === 'en' ? 'given back' : '已交还'
  return formatState(outcome, language)
}

export function formatLines(count: number, language: Language): string {
  if (language === 'zh-CN') return `${formatCount(count)} 行`
  return `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`
}

/** A JSON value in a cell of a table. */
export function formatValue(value: unknown, language: Language): string {
  if (value == null) return nothing
  if (typeof value === 'boolean') return language === 'en' ? (value ? 'yes' : 'no') : value ? '是' : '否'
  if (typeof value === 'number') return formatNumber(value)
  if (Array.isArray(value)) return value.map((item) => formatValue(item, language)).join(', ') || nothing
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
