const TABLE = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

/**
 * zlib's CRC-32 of the UTF-8 bytes of `text`, going on from `before`. A half surrogate counts as `?`.
 * Straight from UTF-16, without a copy in between: it runs over every line of every log.
 */
export function crc32(text: string, before = 0): number {
  let crc = ~before
  const eat = (byte: number) => {
    crc = (TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8)
  }
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code >= 0xd800 && code < 0xe000) {
      const whole = text.codePointAt(at) ?? code
      if (whole > 0xffff) at++
      code = whole > 0xffff ? whole : 63
    }
    if (code < 0x80) eat(code)
    else {
      if (code < 0x800) eat(0xc0 | (code >> 6))
      else {
        if (code < 0x10000) eat(0xe0 | (code >> 12))
        else {
          eat(0xf0 | (code >> 18))
          eat(0x80 | ((code >> 12) & 63))
        }
        eat(0x80 | ((code >> 6) & 63))
      }
      eat(0x80 | (code & 63))
    }
  }
  return ~crc >>> 0
}
