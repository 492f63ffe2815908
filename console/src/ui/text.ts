/** Characters that cannot be seen and change how others are: controls, marks of direction, zero widths. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text of others for one line of the page: at most so many characters, and nothing in it that hides or turns other text. */
export function boundedText(text: string | null | undefined, limit = 200): string {
  if (text == null) return ''
  // Cut before anything is looked at: a name of 10 MB costs no more than its beginning.
  const head = text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, '')}…` : text
  return head.replace(UNSEEN, (letter) => (/\s/.test(letter) ? ' ' : mark(letter)))
}

function mark(letter: string): string {
  const code = letter.codePointAt(0) ?? 0
  return code === 0 ? '␀' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}
