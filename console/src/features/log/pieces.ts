import type { Entry } from '@headway/client'

import { parseTerminal, safeHref, type Span } from './terminal'

/** From here to there in the raw text, the end not included. */
export type Match = readonly [from: number, to: number]

export interface Piece extends Span {
  isHit?: boolean
}

/** A longer line is cut here until somebody asks for all of it. */
export const SHOWN_CHARACTERS = 8192
/** Beyond these a line is not looked through for links, nor its matches marked: nobody reads it, and it costs. */
const LINKS_LIMIT = 50
const MATCHES_LIMIT = 200

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`⟨⟩{}|\\^]+/gi

/** A raw line as it is drawn: spans, with links and matches cut out of them. */
export function piecesOf(raw: string, matches: readonly Match[] = [], limit = SHOWN_CHARACTERS): Piece[] {
  const text = raw.length > limit ? raw.slice(0, cutBefore(raw, limit)) : raw
  const linked = parseTerminal(text).flatMap(linkedParts)
  return matches.length === 0 ? linked : linked.flatMap((span) => hitParts(span, matches.slice(0, MATCHES_LIMIT)))
}

/** Not between the two halves of a character outside the basic plane. */
function cutBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at
}

function linkedParts(span: Span): Span[] {
  if (span.href !== undefined || span.isMark === true || !span.text.includes('://')) return [span]
  const parts: Span[] = []
  let begin = 0
  let count = 0
  for (const found of span.text.matchAll(ADDRESS)) {
    count += 1
    if (count > LINKS_LIMIT) break
    const address = trimmed(found[0])
    const href = safeHref(address)
    if (href === undefined) continue
    if (found.index > begin) parts.push({ ...span, text: span.text.slice(begin, found.index), from: span.from + begin })
    parts.push({ ...span, text: address, from: span.from + found.index, href })
    begin = found.index + address.length
  }
  if (begin < span.text.length) parts.push({ ...span, text: span.text.slice(begin), from: span.from + begin })
  return parts
}

/** Without the full stop of the sentence or the bracket that the address stands in. */
function trimmed(address: string): string {
  let end = address.length
  while (end > 0) {
    const last = address[end - 1] ?? ''
    const isOpened = last === ')' && address.slice(0, end).includes('(')
    if (isOpened || !'.,;:!?)]*_~。，；：！？）】》」'.includes(last)) break
    end -= 1
  }
  return address.slice(0, end)
}

function hitParts(span: Span, matches: readonly Match[]): Piece[] {
  if (span.isMark === true) return [span]
  const end = span.from + span.text.length
  const parts: Piece[] = []
  let at = span.from
  for (const [from, to] of matches) {
    const begin = Math.max(at, from)
    const stop = Math.min(end, to)
    if (begin >= stop) continue
    if (begin > at) parts.push({ ...span, text: slice(span, at, begin), from: at })
    parts.push({ ...span, text: slice(span, begin, stop), from: begin, isHit: true })
    at = stop
  }
  if (at === span.from) return [span]
  if (at < end) parts.push({ ...span, text: slice(span, at, end), from: at })
  return parts
}

function slice(span: Span, from: number, to: number): string {
  return span.text.slice(from - span.from, to - span.from)
}

/** Where `query` stands in a raw line, as the server finds it. Patterns are the server's business: one of them could hang this page. */
export function matchesOf(raw: string, query: string, isCaseSensitive: boolean): Match[] {
  if (query === '') return []
  const [text, wanted] = isCaseSensitive ? [raw, query] : [raw.toLowerCase(), query.toLowerCase()]
  // A letter whose small form has another length moves all that follow: then no mark is better than a wrong one.
  if (text.length !== raw.length) return []
  const found: Match[] = []
  for (let at = text.indexOf(wanted); at >= 0 && found.length < MATCHES_LIMIT; at = text.indexOf(wanted, at + wanted.length)) {
    found.push([at, at + wanted.length])
  }
  return found
}

const kept = new WeakMap<Entry, Piece[]>()

/** The pieces of an entry's text, cut at the limit. What scrolls by again is not parsed again. */
export function piecesOfEntry(entry: Entry): Piece[] {
  const known = kept.get(entry)
  if (known) return known
  const pieces = piecesOf(entry.text ?? '')
  kept.set(entry, pieces)
  return pieces
}

/** What is written to the clipboard: the text a person sees, without the sequences that coloured it. */
export function plainText(raw: string): string {
  return parseTerminal(raw)
    .map((span) => (span.isMark === true && span.text === '↵' ? '\n' : span.text))
    .join('')
}
