import type { MaybeRefOrGetter } from 'vue'

import { createRegistry } from './registry'

/** A key, or a sequence of keys, that does something on the page as it is. */
export interface Key {
  /** `j`, `?`, `Enter`, `g r` (one after the other), `mod+k` (Ctrl, on Apple's machines Cmd), `shift+x`. */
  keys: string
  /** What it does, in the reader's language; the sheet of keys shows it. */
  does: string
  /** What it belongs to in the sheet; without it: the page. */
  group?: string
  when?: () => boolean
  run: (event: KeyboardEvent) => void
}

const registry = createRegistry<Key>()

/** Registers keys as long as the calling component lives; of two for the same keys the one that came last is heard. Give a getter. */
export const useKeys = (keys: MaybeRefOrGetter<readonly Key[]>): void => registry.register(keys)

export const offeredKeys = registry.all

const isApple = /mac|iphone|ipad/i.test(navigator.platform)
const sequenceMs = 1000

const printed: Record<string, string> = {
  mod: isApple ? '⌘' : 'Ctrl',
  shift: '⇧',
  alt: isApple ? '⌥' : 'Alt',
  Enter: '⏎',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}

/** As the keys are printed: `['g', 'r']`, `['Ctrl', 'K']`. */
export function keyNames(keys: string): string[] {
  return keys.split(' ').flatMap((stroke) => {
    const parts = stroke.length > 1 ? stroke.split('+').filter(Boolean) : [stroke]
    return parts.map((part) => printed[part] ?? (parts.length > 1 ? part.toUpperCase() : part))
  })
}

/** The stroke of an event in the words of `Key.keys`; a letter that needs Shift (`?`, `G`) is itself. */
function strokeOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const isMod = isApple ? event.metaKey : event.ctrlKey
  const isLetter = event.key.length === 1
  const parts = [
    isMod ? 'mod' : '',
    event.altKey ? 'alt' : '',
    event.shiftKey && !isLetter ? 'shift' : '',
    isMod && isLetter ? event.key.toLowerCase() : event.key,
  ]
  return parts.filter(Boolean).join('+')
}

function normal(keys: string): string {
  // People write `shift+x`, the keyboard says `X`.
  return keys.replace(/shift\+(\w)(?=$| )/g, (_, letter: string) => letter.toUpperCase())
}

const fields =
  'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range]), textarea, select, [contenteditable=true], [contenteditable=""]'
const overlays = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'
const pressable = 'a[href], button, summary, [role=button], [role=tab], [role=treeitem], [role=separator]'

/** Whether the page may take this stroke from whoever has the focus. */
function isFree(target: EventTarget | null, stroke: string): boolean {
  if (!(target instanceof Element)) return true
  if (target.closest(overlays)) return stroke === 'mod+k'
  if (target.closest(fields)) return stroke.startsWith('mod+')
  const isPressed = stroke === 'Enter' || stroke === ' '
  return !(isPressed && target.closest(pressable))
}

/** Hears the keyboard for the whole page, once. Answers with a function that stops it. */
export function hearKeys(target: Window | HTMLElement = window, now: () => number = Date.now): () => void {
  let before = ''
  let beforeAt = 0
  const hear = (event: Event) => {
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented || event.isComposing || event.key === 'Shift') return
    const stroke = strokeOf(event)
    if (!isFree(event.target, stroke)) return
    const offered = registry.all.value.filter((key) => key.when?.() ?? true)
    const sequence = before && now() - beforeAt <= sequenceMs ? `${before} ${stroke}` : stroke
    const found = offered.find((key) => normal(key.keys) === sequence) ?? offered.find((key) => normal(key.keys) === stroke)
    // `g` may do something by itself and begin `g r` too.
    before = offered.some((key) => normal(key.keys).startsWith(`${stroke} `)) ? stroke : ''
    beforeAt = now()
    if (!found) return
    event.preventDefault()
    found.run(event)
  }
  target.addEventListener('keydown', hear)
  return () => target.removeEventListener('keydown', hear)
}
