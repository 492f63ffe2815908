import { describe, expect, it } from 'vitest'

import { markOf, parseTerminal, styled } from './terminal'

const ESC = String.fromCharCode(27)
const BEL = String.fromCharCode(7)

function shown(raw: string): string {
  return parseTerminal(raw)
    .map((span) => span.text)
    .join('')
}

describe('what a terminal would make of a line', () => {
  it('leaves plain text as it is, in one span', () => {
    expect(parseTerminal('read 40 rows\tin 2 s, 中文, 👩‍🚀')).toEqual([{ text: 'read 40 rows\tin 2 s, 中文, 👩‍🚀', from: 0, style: null }])
    expect(parseTerminal('')).toEqual([])
  })

  it('knows the 16, the 256 and all colours, and their ends', () => {
    const spans = parseTerminal(`${ESC}[31mred${ESC}[0m ${ESC}[1;38;5;208mbold orange${ESC}[22;39m ${ESC}[48;2;1;2;300mdeep${ESC}[m`)
    expect(spans.map((span) => [span.text, span.style])).toEqual([
      ['red', { color: 'var(--hw-ansi-1)' }],
      [' ', null],
      ['bold orange', { isBold: true, color: 'rgb(255 135 0)' }],
      [' ', { isBold: false, isDim: false }],
      ['deep', { isBold: false, isDim: false, background: 'rgb(1 2 255)' }],
    ])
    expect(styled(null, '97')).toEqual({ color: 'var(--hw-ansi-15)' })
    expect(styled(null, '38;5;244')).toEqual({ color: 'rgb(128 128 128)' })
    expect(styled(null, '2;3;4;9')).toEqual({ isDim: true, isItalic: true, isUnderlined: true, isStruck: true })
    expect(styled({ isBold: true }, '')).toBeNull()
  })

  it('keeps where each span began in the raw line', () => {
    const raw = `a${ESC}[32mb`
    expect(parseTerminal(raw).map((span) => raw.slice(span.from, span.from + span.text.length))).toEqual(['a', 'b'])
  })

  it('passes over the moving of the cursor', () => {
    expect(shown(`${ESC}[2K${ESC}[1Gdone${ESC}[?25h${ESC}(B`)).toBe('done')
  })

  it('makes links of OSC 8 only where they lead to a page', () => {
    const link = (href: string): string => `${ESC}]8;id=1;${href}${BEL}here${ESC}]8;;${ESC}\\ after`
    expect(parseTerminal(link('https://example.org/a?b=1')).map((span) => [span.text, span.href])).toEqual([
      ['here', 'https://example.org/a?b=1'],
      [' after', undefined],
    ])
    for (const href of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', ' https://x']) {
      expect(parseTerminal(link(href)).every((span) => span.href === undefined)).toBe(true)
    }
  })

  it('shows that a line asked for the clipboard, and does nothing', () => {
    expect(shown(`a${ESC}]52;c;cm0gLXJmIC8=${BEL}b`)).toBe('a⟨OSC 52⟩b')
    expect(shown(`${ESC}]0;title${ESC}\\b`)).toBe('⟨OSC 0⟩b')
  })

  it('shows NUL, escape without end, C1 and what turns text around', () => {
    expect(shown(`a\u0000b`)).toBe('a␀b')
    expect(shown(`${ESC}]52;never ends`)).toBe('␛]52;never ends')
    expect(shown(`${ESC}[31`)).toBe('␛[31')
    expect(shown('user\u202Egpj.exe')).toBe('user⟨U+202E⟩gpj.exe')
    expect(shown('\u0085\u2066x\u2069\ufeff')).toBe('⟨U+0085⟩⟨U+2066⟩x⟨U+2069⟩⟨U+FEFF⟩')
    expect(markOf(10)).toBe('↵')
    expect(markOf(127)).toBe('␡')
  })

  it('reads any bytes without failing, and never gives back a control character', () => {
    let seed = 42
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
    for (let round = 0; round < 2000; round += 1) {
      const raw = Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
        random() < 0.3 ? ESC : (['[', ']', ';', '8', '3', 'm', '\\', BEL, 'x', '\u202e'][Math.floor(random() * 10)] ?? ''),
      ).join('')
      for (const character of shown(raw)) expect(character.charCodeAt(0)).toBeGreaterThanOrEqual(0x20)
    }
  })

  it('is not slow with a line that is all escapes', () => {
    const raw = `${ESC}]`.repeat(4096)
    const begin = performance.now()
    parseTerminal(raw)
    expect(performance.now() - begin).toBeLessThan(1000)
  })
})
