/** How far back the page looks, and which part of it is shown: both stand in the address. */
import type { LocationQueryValue } from 'vue-router'

export const RANGES = { '15m': 900, '1h': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800 } as const
export type Range = keyof typeof RANGES
export const ranges = Object.keys(RANGES) as Range[]

export const tabs = ['system', 'tasks', 'apis', 'database', 'gateway'] as const
export type Tab = (typeof tabs)[number]

type Asked = LocationQueryValue | LocationQueryValue[] | undefined

export const rangeOf = (asked: Asked): Range => ranges.find((range) => range === asked) ?? '1h'
export const tabOf = (asked: Asked): Tab => tabs.find((tab) => tab === asked) ?? 'system'
