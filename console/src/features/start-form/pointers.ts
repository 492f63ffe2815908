/** Places in parameters: JSON pointers (`/pupils/3/name`), and the dotted paths of the form's engine (`pupils.3.name`). */

export function toPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The parts of a pointer, which may also be a fragment (`#/a/b`). */
export function fromPointer(pointer: string): string[] {
  const parts = (pointer.startsWith('#') ? pointer.slice(1) : pointer).split('/').slice(1)
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A place as the server names it: a pointer, or dotted with brackets (`class.pupils[3]`). */
export function readPlace(place: string): string[] {
  if (place === '' || place.startsWith('/') || place.startsWith('#')) return fromPointer(place)
  return place
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '')
}

export function dotted(pointer: string): string {
  return fromPointer(pointer).join('.')
}

/** The id of the control for a path: one that CSS, labels and `aria-describedby` can name. */
export function controlId(path: string): string {
  return `parameter-${path.replaceAll(/[^\w.-]/g, (letter) => `_${(letter.codePointAt(0) ?? 0).toString(16)}_`)}`
}

/** The nearest of the paths that have a control, for a place inside a value that is shown as a whole. */
export function nearest(pointer: string, has: (path: string) => boolean): string | null {
  const parts = fromPointer(pointer)
  for (let length = parts.length; length > 0; length -= 1) {
    const path = parts.slice(0, length).join('.')
    if (has(path)) return path
  }
  return null
}
