/** The path of a small line chart in a box of `width` by `height`; flat values lie in the middle, holes (not finite) break the line. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return ''
  const least = known.reduce((a, b) => Math.min(a, b))
  const most = known.reduce((a, b) => Math.max(a, b))
  const across = values.length > 1 ? width / (values.length - 1) : 0
  const up = (value: number) => (most === least ? height / 2 : height - ((value - least) / (most - least)) * height)
  let isPenDown = false
  return values
    .map((value, index) => {
      const wasDown = isPenDown
      isPenDown = Number.isFinite(value)
      return isPenDown ? `${wasDown ? 'L' : 'M'}${(index * across).toFixed(1)} ${up(value).toFixed(1)}` : ''
    })
    .join('')
}
