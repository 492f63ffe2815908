/**
 * Heights of very many rows of which nearly all are alike. Only what differs is kept, in blocks, so that a million rows cost nothing
 * and the place of any of them is found without walking over the others.
 */
const BLOCK = 512
/** Blocks with rows of their own height that are remembered; the one that was measured longest ago is forgotten first. */
const BLOCKS_KEPT = 400

export class Rows {
  count = 0
  private readonly blocks = new Map<number, Map<number, number>>()
  /** Sorted block numbers, and what all rows before each add to the plain height. Made when asked for. */
  private sums: { numbers: number[]; before: number[]; all: number } | null = null

  constructor(readonly height: number) {}

  get total(): number {
    return this.count * this.height + this.summed().all
  }

  heightOf(row: number): number {
    return this.height + (this.blocks.get(Math.floor(row / BLOCK))?.get(row) ?? 0)
  }

  /** Returns by how much the row grew. */
  setHeight(row: number, height: number): number {
    const grown = height - this.heightOf(row)
    if (grown === 0) return 0
    const number = Math.floor(row / BLOCK)
    const block = this.blocks.get(number) ?? new Map<number, number>()
    this.blocks.delete(number)
    if (height === this.height) block.delete(row)
    else block.set(row, height - this.height)
    if (block.size > 0) this.blocks.set(number, block)
    this.forgetOldest()
    this.sums = null
    return grown
  }

  clear(): void {
    this.blocks.clear()
    this.sums = null
  }

  /** Pixels above the row. */
  topOf(row: number): number {
    const number = Math.floor(row / BLOCK)
    const { numbers, before, all } = this.summed()
    const at = firstNotBelow(numbers, number)
    let top = row * this.height + (before[at] ?? all)
    if (numbers[at] === number) for (const [other, extra] of this.blocks.get(number) ?? []) if (other < row) top += extra
    return top
  }

  /** The row at a height, within the rows there are. */
  rowAt(top: number): number {
    let low = 0
    let high = Math.max(0, this.count - 1)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.topOf(middle) <= top) low = middle
      else high = middle - 1
    }
    return low
  }

  private forgetOldest(): void {
    if (this.blocks.size <= BLOCKS_KEPT) return
    const oldest = this.blocks.keys().next()
    if (!oldest.done) this.blocks.delete(oldest.value)
  }

  private summed(): { numbers: number[]; before: number[]; all: number } {
    if (this.sums) return this.sums
    const numbers = [...this.blocks.keys()].sort((a, b) => a - b)
    const before: number[] = []
    let all = 0
    for (const number of numbers) {
      before.push(all)
      for (const extra of this.blocks.get(number)?.values() ?? []) all += extra
    }
    this.sums = { numbers, before, all }
    return this.sums
  }
}

function firstNotBelow(numbers: readonly number[], wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
