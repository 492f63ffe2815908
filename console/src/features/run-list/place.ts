/** Where in a list one was, by its address, as long as this page lives: Back from a run leads there again. */
export interface Place {
  top: number
  active: string | null
}

const KEPT = 20
const places = new Map<string, Place>()

export function keepPlace(address: string, place: Place): void {
  places.delete(address)
  places.set(address, place)
  const oldest = places.keys().next().value
  if (places.size > KEPT && oldest !== undefined) places.delete(oldest)
}

/** Only where one comes back to an entry of the history; a new look at the list begins at its top. */
export function keptPlace(address: string): Place | null {
  const { forward } = (history.state ?? {}) as { forward?: unknown }
  return typeof forward === 'string' ? (places.get(address) ?? null) : null
}
