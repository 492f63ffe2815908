/** Columns of the list. `width` is a track of CSS grid; state and name always stand. */
export interface Column {
  id: ColumnId
  width: string
  /** The least width in px, for the table to scroll sideways rather than to crush. */
  least: number
  sort?: 'name' | 'created_at' | 'started_at' | 'finished_at'
  isNumber?: boolean
}

export const COLUMN_IDS = [
  'state',
  'name',
  'progress',
  'rate',
  'eta',
  'stage',
  'last_line',
  'counters',
  'worker',
  'attempt',
  'by',
  'tags',
  'created',
  'started',
  'finished',
  'elapsed',
] as const
export type ColumnId = (typeof COLUMN_IDS)[number]

export const COLUMNS: Record<ColumnId, Column> = {
  state: { id: 'state', width: '108px', least: 108 },
  name: { id: 'name', width: 'minmax(180px, 2fr)', least: 180, sort: 'name' },
  progress: { id: 'progress', width: '132px', least: 132 },
  rate: { id: 'rate', width: '96px', least: 96, isNumber: true },
  eta: { id: 'eta', width: '92px', least: 92, isNumber: true },
  stage: { id: 'stage', width: 'minmax(84px, 0.6fr)', least: 84 },
  last_line: { id: 'last_line', width: 'minmax(140px, 1.5fr)', least: 140 },
  counters: { id: 'counters', width: '80px', least: 80 },
  worker: { id: 'worker', width: '110px', least: 110 },
  attempt: { id: 'attempt', width: '64px', least: 64, isNumber: true },
  by: { id: 'by', width: '96px', least: 96 },
  tags: { id: 'tags', width: 'minmax(100px, 0.7fr)', least: 100 },
  created: { id: 'created', width: '88px', least: 88, sort: 'created_at', isNumber: true },
  started: { id: 'started', width: '96px', least: 96, sort: 'started_at', isNumber: true },
  finished: { id: 'finished', width: '96px', least: 96, sort: 'finished_at', isNumber: true },
  elapsed: { id: 'elapsed', width: '76px', least: 76, isNumber: true },
}

export const FIXED: ReadonlySet<ColumnId> = new Set(['state', 'name'])
export const DEFAULT_COLUMNS: readonly ColumnId[] = [
  'state',
  'name',
  'progress',
  'eta',
  'stage',
  'last_line',
  'counters',
  'created',
  'elapsed',
]

const KEPT_AT = 'headway.runs.columns'

/** Columns named in an address or in what was kept: in our order, always with those that must stand; null if none is known. */
export function readColumns(text: string | null | undefined): ColumnId[] | null {
  const named = new Set((text ?? '').slice(0, 400).split(','))
  const known = COLUMN_IDS.filter((id) => named.has(id))
  return known.length === 0 ? null : COLUMN_IDS.filter((id) => named.has(id) || FIXED.has(id))
}

export function isDefault(columns: readonly ColumnId[]): boolean {
  return columns.join() === DEFAULT_COLUMNS.join()
}

export function keptColumns(storage: Pick<Storage, 'getItem'>): ColumnId[] {
  try {
    return readColumns(storage.getItem(KEPT_AT)) ?? [...DEFAULT_COLUMNS]
  } catch {
    return [...DEFAULT_COLUMNS] // a browser that keeps nothing for us
  }
}

export function keepColumns(storage: Pick<Storage, 'setItem'>, columns: readonly ColumnId[]): void {
  try {
    storage.setItem(KEPT_AT, columns.join())
  } catch {
    // Full or forbidden: the choice holds for this page.
  }
}

/** A first track for the tick box, then one for each column. */
export function tracksOf(columns: readonly ColumnId[]): { template: string; least: number } {
  return {
    template: ['32px', ...columns.map((id) => COLUMNS[id].width)].join(' '),
    least: columns.reduce((sum, id) => sum + COLUMNS[id].least + 12, 32),
  }
}
