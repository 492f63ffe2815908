const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]

/** Seconds from one mark of a time axis to the next, as clocks are read; left to itself a chart takes round numbers, such as 1,000 s. */
export const TIME_STEPS: readonly number[] = [
  ...[0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 30, 100, 365].map((days) => days * DAY),
]

/** Marks of an axis as people read them: nothing is 0, in whatever unit, and not the least that can be told. */
export const marked = (values: readonly number[], written: (value: number) => string): string[] =>
  values.map((value) => (value === 0 ? '0' : written(value)))
