import { describe, expect, it } from 'vitest'

import { matchesOf, piecesOf, plainText, SHOWN_CHARACTERS } from './pieces'

const ESC = String.fromCharCode(27)

describe('a line in pieces', () => {
  it('finds addresses, without the punctuation of the sentence', () => {
    const pieces = piecesOf('see https://example.org/a_(b), or (http://x.org/?q=1). javascript:alert(1) ftp://y')
    expect(pieces.filter((piece) => piece.href).map((piece) => piece.text)).toEqual(['https://example.org/a_(b)', 'http://x.org/?q=1'])
    expect(pieces.map((piece) => piece.text).join('')).toBe(
      'see https://example.org/a_(b), or (http://x.org/?q=1). javascript:alert(1) ftp://y',
    )
  })

  it('marks matches across colours and links', () => {
    const raw = `${ESC}[31mfai${ESC}[0mled: https://example.org/failed`
    const pieces = piecesOf(raw, matchesOf(raw, 'led', false))
    expect(pieces.filter((piece) => piece.isHit).map((piece) => [piece.text, piece.href])).toEqual([
      ['led', undefined],
      ['led', 'https://example.org/failed'],
    ])
  })

  it('cuts a long line, but no character in two', () => {
    const raw = 'x'.repeat(SHOWN_CHARACTERS - 1) + '👩' + 'y'
    const text = piecesOf(raw)
      .map((piece) => piece.text)
      .join('')
    expect(text).toBe('x'.repeat(SHOWN_CHARACTERS - 1))
    expect(
      piecesOf(raw, [], Infinity)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(raw)
  })

  it('finds what the server finds: case only where it matters', () => {
    expect(matchesOf('Error error', 'error', false)).toEqual([
      [0, 5],
      [6, 11],
    ])
    expect(matchesOf('Error error', 'error', true)).toEqual([[6, 11]])
    expect(matchesOf('anything', '', false)).toEqual([])
  })

  it('copies what is read', () => {
    expect(plainText(`${ESC}[1mtwo${ESC}[0m\nlines`)).toBe('two\nlines')
  })
})
