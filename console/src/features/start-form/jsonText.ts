import type { Json } from '@headway/client'

/** What is wrong with a text that should be JSON, as a word for the messages. */
type JsonFault =
  | 'empty'
  | 'value'
  | 'string_end'
  | 'string_control'
  | 'escape'
  | 'number'
  | 'colon'
  | 'key'
  | 'comma_or_end'
  | 'trailing_comma'
  | 'more'
  | 'too_deep'

export type JsonReading = { value: Json } | { fault: JsonFault; line: number; column: number }

const DEPTH_LIMIT = 200

class Fault extends Error {
  constructor(
    readonly fault: JsonFault,
    readonly offset: number,
  ) {
    super(fault)
  }
}

/** JSON, or where and why it is none. The place is found by our own scan: what engines say differs, and some name no place. */
export function readJson(text: string): JsonReading {
  try {
    return { value: JSON.parse(text) as Json }
  } catch {
    const { fault, offset } = faultOf(text)
    const before = text.slice(0, offset).split('\n')
    return { fault, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
}

function faultOf(text: string): { fault: JsonFault; offset: number } {
  try {
    const end = skip(text, value(text, skip(text, 0), 0))
    return { fault: end < text.length ? 'more' : 'value', offset: end }
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

function skip(text: string, from: number): number {
  let at = from
  while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1
  return at
}

/** Each of these reads one thing from an offset and gives the offset after it. */
function value(text: string, at: number, depth: number): number {
  if (depth > DEPTH_LIMIT) throw new Fault('too_deep', at)
  const first = text[at]
  if (first === undefined) throw new Fault(text.trim() === '' ? 'empty' : 'value', at)
  if (first === '{') return members(text, at + 1, depth, '}')
  if (first === '[') return members(text, at + 1, depth, ']')
  if (first === '"') return string(text, at)
  const word = ['true', 'false', 'null'].find((known) => text.startsWith(known, at))
  if (word !== undefined) return at + word.length
  if (!/[-\d]/.test(first)) throw new Fault('value', at)
  const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])/.exec(text.slice(at, at + 400))
  if (number === null) throw new Fault('number', at)
  return at + number[0].length
}

function members(text: string, from: number, depth: number, end: '}' | ']'): number {
  let at = skip(text, from)
  if (text[at] === end) return at + 1
  for (;;) {
    if (end === '}') {
      if (text[at] !== '"') throw new Fault('key', at)
      at = skip(text, string(text, at))
      if (text[at] !== ':') throw new Fault('colon', at)
      at = skip(text, at + 1)
    }
    at = skip(text, value(text, at, depth + 1))
    if (text[at] === end) return at + 1
    if (text[at] !== ',') throw new Fault('comma_or_end', at)
    const comma = at
    at = skip(text, at + 1)
    if (text[at] === end) throw new Fault('trailing_comma', comma)
  }
}

function string(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const letter = text[at] ?? ''
    if (letter === '"') return at + 1
    if (letter === '\n') throw new Fault('string_end', from)
    if (letter < ' ') throw new Fault('string_control', at)
    if (letter === '\\') {
      const escape = /^\\(["\\/bfnrt]|u[\da-fA-F]{4})/.exec(text.slice(at, at + 6))
      if (escape === null) throw new Fault('escape', at)
      at += escape[0].length - 1
    }
  }
  throw new Fault('string_end', from)
}
