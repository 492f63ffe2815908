const CODE = /^[\w-]{8,512}$/

/** The code in what a person pasted: the whole link, what follows its `#`, or the code alone. Null: there is none in it. */
export function codeIn(text: string): string | null {
  const pasted = text.trim()
  const named = /[#?&]code=([^&\s]+)/.exec(pasted)?.[1]
  const code = named === undefined ? pasted : safelyDecoded(named)
  return CODE.test(code) ? code : null
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
