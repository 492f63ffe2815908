/** Scopes of the permissions: as they are, or in one project. */
export function scopesOf(permissions: readonly string[], project: string): string[] {
  const name = project.trim()
  return permissions.map((permission) => (name === '' ? permission : `project:${name}:${permission}`))
}

/** A whole number of days from 1 to 400; undefined: it is none. */
export function readDays(text: string): number | undefined {
  const days = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0
  return days >= 1 && days <= 400 ? days : undefined
}
