/**
 * What a terminal would make of a line of output, as spans of plain text: colours, bold, links. Nothing of it acts: a sequence that is
 * not about looks shows as a mark (clipboard, title) or not at all (cursor), and every character that hides or turns others is visible.
 */

export interface Style {
  color?: string
  background?: string
  isBold?: boolean
  isDim?: boolean
  isItalic?: boolean
  isUnderlined?: boolean
  isStruck?: boolean
}

export interface Span {
  text: string
  /** Where it begins in the raw line, so that matches of the raw line can be found again. */
  from: number
  style: Style | null
  href?: string
  /** Stands for something that cannot be seen. */
  isMark?: boolean
}

const ESCAPE = 0x1b
const BELL = 0x07
/** An OSC longer than this is not one that anybody meant. */
const OSC_LIMIT = 4096
const CSI_LIMIT = 64

export function parseTerminal(raw: string): Span[] {
  if (!hasUnseen(raw)) return raw === '' ? [] : [{ text: raw, from: 0, style: null }]
  return new Reading(raw).spans()
}

function hasUnseen(raw: string): boolean {
  for (let i = 0; i < raw.length; i += 1) if (isUnseen(raw.charCodeAt(i))) return true
  return false
}

function isUnseen(code: number): boolean {
  if (code < 0x7f) return code < 0x20 && code !== 9
  if (code < 0xa0) return true
  return isInvisible(code)
}

/** Characters that turn the direction of text, or take no room: what is written with them does not read as it is. */
function isInvisible(code: number): boolean {
  return (
    code === 0x061c ||
    (code >= 0x200b && code <= 0x200f && code !== 0x200d && code !== 0x200c) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff
  )
}

/** How a character that cannot be seen is shown: `␀`, `↵`, `⟨U+202E⟩`. */
export function markOf(code: number): string {
  if (code === 10) return '↵'
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

class Reading {
  private readonly done: Span[] = []
  private style: Style | null = null
  private href: string | undefined
  private begin = 0

  constructor(private readonly raw: string) {}

  spans(): Span[] {
    let at = 0
    while (at < this.raw.length) {
      const code = this.raw.charCodeAt(at)
      if (!isUnseen(code)) {
        at += 1
        continue
      }
      this.flush(at)
      at = code === ESCAPE ? this.escape(at) : this.mark(at, 1, markOf(code))
      this.begin = at
    }
    this.flush(at)
    return this.done
  }

  private flush(end: number): void {
    if (end > this.begin) this.push({ text: this.raw.slice(this.begin, end), from: this.begin, style: this.style })
  }

  private push(span: Span): void {
    this.done.push(this.href === undefined ? span : { ...span, href: this.href })
  }

  /** Shows a mark for `length` characters and returns where to read on. */
  private mark(at: number, length: number, text: string): number {
    this.done.push({ text, from: at, style: this.style, isMark: true })
    return at + length
  }

  private escape(at: number): number {
    const next = this.raw[at + 1]
    if (next === '[') return this.control(at)
    if (next === ']') return this.command(at)
    if (next === '(' || next === ')') return Math.min(at + 3, this.raw.length)
    return this.mark(at, 1, markOf(ESCAPE))
  }

  /** CSI: looks are taken over; moving the cursor or erasing means nothing where lines stay. */
  private control(at: number): number {
    let end = at + 2
    while (end < this.raw.length && end - at < CSI_LIMIT && isBetween(this.raw.charCodeAt(end), 0x20, 0x3f)) end += 1
    const final = this.raw.charCodeAt(end)
    if (!isBetween(final, 0x40, 0x7e)) return this.mark(at, 1, markOf(ESCAPE))
    if (this.raw[end] === 'm') this.style = styled(this.style, this.raw.slice(at + 2, end))
    return end + 1
  }

  /** OSC: links are kept if they lead to a page; the rest (clipboard, title, colours) is shown to be there, and does nothing. */
  private command(at: number): number {
    const end = this.endOfCommand(at + 2)
    if (end === null) return this.mark(at, 1, markOf(ESCAPE))
    const body = this.raw.slice(at + 2, end)
    const after = end + (this.raw.charCodeAt(end) === ESCAPE ? 2 : 1)
    const number = /^\d{1,4}/.exec(body)?.[0] ?? '?'
    if (number !== '8') return this.mark(at, after - at, `⟨OSC ${number}⟩`)
    const target = body.slice(body.indexOf(';', 2) + 1)
    this.href = target === '' ? undefined : safeHref(target)
    return after
  }

  private endOfCommand(from: number): number | null {
    const limit = Math.min(this.raw.length, from + OSC_LIMIT)
    for (let at = from; at < limit; at += 1) {
      const code = this.raw.charCodeAt(at)
      if (code === BELL || code === 0x9c || (code === ESCAPE && this.raw[at + 1] === '\\')) return at
    }
    return null
  }
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high
}

/** The address if following it opens a page, else nothing: no script, no file, no program. */
export function safeHref(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).href
}

/** The style after the numbers of an SGR sequence. */
export function styled(before: Style | null, parameters: string): Style | null {
  const numbers = parameters.split(/[;:]/).map((text) => (text === '' ? 0 : Number(text)))
  let style: Style = { ...before }
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0
    if (number === 0) style = {}
    else if (number === 38 || number === 48) at = extended(style, number === 38 ? 'color' : 'background', numbers, at)
    else plain(style, number)
  }
  return Object.keys(style).length ? style : null
}

function plain(style: Style, number: number): void {
  if (isBetween(number, 30, 37)) style.color = named(number - 30)
  else if (isBetween(number, 90, 97)) style.color = named(number - 82)
  else if (isBetween(number, 40, 47)) style.background = named(number - 40)
  else if (isBetween(number, 100, 107)) style.background = named(number - 92)
  else decorate(style, number)
}

function decorate(style: Style, number: number): void {
  if (number === 1) style.isBold = true
  else if (number === 2) style.isDim = true
  else if (number === 3) style.isItalic = true
  else if (number === 4) style.isUnderlined = true
  else if (number === 7) [style.color, style.background] = [style.background ?? 'var(--ui-bg)', style.color ?? 'var(--ui-text)']
  else if (number === 9) style.isStruck = true
  else if (number === 22) [style.isBold, style.isDim] = [false, false]
  else if (number === 23) style.isItalic = false
  else if (number === 24) style.isUnderlined = false
  else if (number === 27) [style.color, style.background] = [undefined, undefined]
  else if (number === 29) style.isStruck = false
  else if (number === 39) delete style.color
  else if (number === 49) delete style.background
}

/** 38 and 48: `5;n` of the palette, or `2;r;g;b`. Returns the index of the last number that belongs to it. */
function extended(style: Style, field: 'color' | 'background', numbers: number[], at: number): number {
  if (numbers[at + 1] === 5) {
    style[field] = palette(numbers[at + 2] ?? 0)
    return at + 2
  }
  if (numbers[at + 1] === 2) {
    const rgb = numbers.slice(at + 2, at + 5).map((value) => Math.min(255, Math.max(0, Math.trunc(value) || 0)))
    style[field] = `rgb(${rgb[0] ?? 0} ${rgb[1] ?? 0} ${rgb[2] ?? 0})`
    return at + 4
  }
  return numbers.length
}

function named(index: number): string {
  return `var(--hw-ansi-${index})`
}

function palette(index: number): string {
  if (!(index >= 16)) return named(Math.max(0, Math.trunc(index) || 0))
  if (index >= 232) {
    const grey = 8 + 10 * (Math.min(255, index) - 232)
    return `rgb(${grey} ${grey} ${grey})`
  }
  const level = (part: number): number => (part === 0 ? 0 : 55 + 40 * part)
  const cube = index - 16
  return `rgb(${level(Math.trunc(cube / 36))} ${level(Math.trunc(cube / 6) % 6)} ${level(cube % 6)})`
}
