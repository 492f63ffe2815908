/** Between moments on the wire (ISO 8601 with a zone) and `<input type="datetime-local">`, which has the reader's own time. */

export function toLocal(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** The moment in UTC; a text that is none stays, for the check to say so. */
export function fromLocal(local: string): string {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? local : at.toISOString().replace('.000Z', 'Z')
}
