/** Enough colour science to hold our tokens to what they promise. Colours are linear RGB, each part from 0 to 1. */
export type Color = readonly [red: number, green: number, blue: number]
type Matrix = readonly [Color, Color, Color]

/** How people with each kind of sight see: Machado, Oliveira and Fernandes 2009, severity 1. */
const sightMatrices = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopic: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopic: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopic: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, Matrix>

export type Sight = keyof typeof sightMatrices
export const sights = Object.keys(sightMatrices) as Sight[]

const decoded = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
const encoded = (part: number) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055)
const within = (part: number) => Math.min(1, Math.max(0, part))

function applied(matrix: Matrix, [x, y, z]: Color): Color {
  const row = ([a, b, c]: Color) => a * x + b * y + c * z
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])]
}

function each(color: Color, change: (part: number) => number): Color {
  return [change(color[0]), change(color[1]), change(color[2])]
}

export function parseHex(text: string): Color {
  const digits = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join('') : text.slice(1)
  const part = (at: number) => decoded(Number.parseInt(digits.slice(at, at + 2), 16) / 255)
  return [part(0), part(2), part(4)]
}

export function seenBy(sight: Sight, color: Color): Color {
  return each(applied(sightMatrices[sight], color), within)
}

/** OKLab (Ottosson 2020), in which equal distances look about equal. */
export function inLab(color: Color): Color {
  const cones = applied(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    color,
  )
  return applied(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    each(cones, Math.cbrt),
  )
}

export function difference(one: Color, other: Color): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2])
}

/** WCAG 2: from 1 (the same) to 21. */
export function contrast(one: Color, other: Color): number {
  const light = ([red, green, blue]: Color) => 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
  const [darker, brighter] = [light(one), light(other)].sort((a, b) => a - b) as [number, number]
  return brighter / darker
}

/** As `color-mix(in srgb, color share, ground)`. */
export function mixed(color: Color, ground: Color, share: number): Color {
  const part = (index: 0 | 1 | 2) => decoded(encoded(color[index]) * share + encoded(ground[index]) * (1 - share))
  return [part(0), part(1), part(2)]
}
