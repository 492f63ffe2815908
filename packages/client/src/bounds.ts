/**
 * What keeps a view within 32,768 bytes, whatever is reported: texts are cut, numbers are finite, and the maps share a budget.
 * Arithmetic on characters and counts, the same as in `src/headway/model/bounds.py`, so that both drop the same things.
 */

import { crc32 } from './crc32'
import { define } from './patches'

export type Item = Record<string, unknown>
export type Items = Record<string, Item>
export type MapName = 'bars' | 'steps' | 'metrics'

/** What bars, steps and metrics may cost together; the rest of the view has limits of its own, 13 KB in all. */
const MAPS_LIMIT = 19_000
export const MAIN_BAR = 'main'
const LIMITS: Record<MapName, number> = { bars: 50, steps: 100, metrics: 100 }
const MAPS = Object.keys(LIMITS) as MapName[]

export const SHORT_TEXT = 300
export const MESSAGE_TEXT = 160
export const NAME_TEXT = 100
export const UNIT_TEXT = 20
const KEY_TEXT = 60
const TAGS_LIMIT = 1_000
const LABELS_LIMIT = 8

/** A message changes often: it is counted as if it were as long as it may be, so that it need not be counted again. */
const COST_OF_MESSAGE = MESSAGE_TEXT * 4
const COST_OF_NUMBER = 24
const COST_OF_KEY = 8
/** So many items fit, however long their texts. */
const SURELY_FIT = 8
const SIZED = ['name', 'unit', 'step', 'parent']

const UNSHOWABLE = /[\x00-\x1f\x7f\p{Cs}]/gu
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u

/** Names of items in the order in which they came. An object would put those that look like numbers first. */
const orders = new WeakMap<Items, string[]>()

export function namesOf(items: Items | undefined): string[] {
  return items ? (orders.get(items) ?? Object.keys(items)) : []
}

export function keep(items: Items, name: string, item: Item | null): void {
  const names = namesOf(items)
  if (item === null) Reflect.deleteProperty(items, name)
  else define(items, name, item)
  if (item === null)
    orders.set(items, names.filter((one) => one !== name)) // prettier-ignore
  else if (!names.includes(name)) orders.set(items, [...names, name])
}

/** Characters as people and Python count them: not halves of pairs. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const letters = Array.from(text.slice(0, limit * 2 + 2))
  return letters.length > limit ? `${letters.slice(0, limit - 1).join('')}…` : text
}

/** A text as one line of at most `limit` characters; what cannot be shown (control characters, half surrogates) is a space. */
export function short(text: unknown, limit = SHORT_TEXT): string {
  return typeof text === 'string' ? cut(text, limit).replace(UNSHOWABLE, ' ') : ''
}

/** An id as a key of a map: cut when it is long, and then still its own. */
export function keyOf(id: unknown): string {
  const text = String(id)
  if (cut(text, KEY_TEXT) === text && !UNPRINTABLE.test(text)) return text
  return `${short(text, KEY_TEXT - 9)}~${crc32(text).toString(16).padStart(8, '0')}`
}

/** A number that every JSON reader understands as the same; null for one that is not finite, or beyond 1e300. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && value > -1e300 && value < 1e300 ? value : null
}

/** By code points, as Python sorts. */
function byCodePoint(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)]
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? 0)
    if (difference) return difference
  }
  return a.length - b.length
}

/** At most eight labels, in the order of their names. Values are text, whole numbers or truth values; others are left out. */
export function labelsOf(labels: Record<string, unknown>): [name: string, text: string][] {
  const kept = new Map<string, string>()
  for (const name of Object.keys(labels).sort(byCodePoint).slice(0, LABELS_LIMIT)) {
    const value = labels[name]
    const isShown = typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value)
    if (isShown) kept.set(short(name, UNIT_TEXT), short(String(value), UNIT_TEXT * 2))
  }
  return [...kept]
}

/** The first tags that fit. */
export function tagsOf(tags: unknown[]): string[] {
  const kept: string[] = []
  let cost = 0
  for (const tag of tags) {
    const text = short(tag, NAME_TEXT)
    cost += costOfText(text) + 3
    if (cost > TAGS_LIMIT) break
    kept.push(text)
  }
  return kept
}

/** Whether an item that took the place of another leaves the budget as it was. */
export function isSameSize(before: Item, after: Item): boolean {
  return SIZED.every((key) => before[key] === after[key])
}

type Maps = Partial<Record<MapName, Items>>

/**
 * (map, item) of what must leave the view, one after the other, because of the item that has just come: first what is over the number of
 * its map, then, while the maps cost too much, the oldest closed bar, else the oldest item of the map that costs most. The newest item
 * and the main bar stay.
 */
export function* crowdedOut(view: Maps, name: MapName, newest: string): Generator<[MapName, string]> {
  if (namesOf(view[name]).length > LIMITS[name]) {
    const gone = oldest(view, name, namesOf(view[name]), name, newest)
    if (gone !== undefined) yield [name, gone]
  }
  if (MAPS.reduce((count, map) => count + namesOf(view[map]).length, 0) <= SURELY_FIT) return
  const costs = MAPS.map((map) => new Map(namesOf(view[map]).map((item) => [item, costOfItem(item, view[map]?.[item] ?? {})])))
  const totals = costs.map((items) => [...items.values()].reduce((sum, cost) => sum + cost, 0))
  while (totals.reduce((sum, total) => sum + total) > MAPS_LIMIT) {
    const found = nextToLeave(view, costs, totals, name, newest)
    if (!found) return
    const at = MAPS.indexOf(found[0])
    totals[at] = (totals[at] ?? 0) - (costs[at]?.get(found[1]) ?? 0)
    costs[at]?.delete(found[1])
    yield found
  }
}

function nextToLeave(view: Maps, costs: Map<string, number>[], totals: number[], name: MapName, newest: string): [MapName, string] | null {
  for (const bar of costs[0]?.keys() ?? [])
    if (view.bars?.[bar]?.['is_closed'] && bar !== MAIN_BAR && !(name === 'bars' && bar === newest)) return ['bars', bar]
  const byCost = MAPS.map((_, at) => at).sort((one, other) => (totals[other] ?? 0) - (totals[one] ?? 0))
  for (const at of byCost) {
    const map = MAPS[at] as MapName
    const gone = oldest(view, map, [...(costs[at]?.keys() ?? [])], name, newest, false)
    if (gone !== undefined) return [map, gone]
  }
  return null
}

/** The oldest closed item of a map, else the oldest; the newest and the main bar stay. */
function oldest(view: Maps, map: MapName, names: string[], name: MapName, newest: string, prefersClosed = true): string | undefined {
  const leaving = names.filter((item) => !(map === name && item === newest) && !(map === 'bars' && item === MAIN_BAR))
  return (prefersClosed ? leaving.find((item) => view[map]?.[item]?.['is_closed']) : undefined) ?? leaving[0]
}

function costOfItem(name: string, item: Item): number {
  let cost = costOfText(name) + COST_OF_KEY
  for (const [key, value] of Object.entries(item)) {
    cost += COST_OF_KEY + key.length
    if (key === 'message') cost += COST_OF_MESSAGE
    else if (typeof value === 'string') cost += costOfText(value)
    else if (typeof value === 'object' && value !== null)
      for (const [label, text] of Object.entries(value as Record<string, string>))
        cost += costOfText(label) + costOfText(text) + COST_OF_KEY
    else cost += COST_OF_NUMBER
  }
  return cost
}

/** Bytes of a text in JSON: UTF-8, with a backslash before each quote and each backslash. */
function costOfText(text: string): number {
  let cost = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // A pair of surrogates is four bytes, two for each half.
    cost += code < 0x80 ? (code === 34 || code === 92 ? 2 : 1) : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3
  }
  return cost
}
