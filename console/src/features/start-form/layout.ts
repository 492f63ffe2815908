import { encode, type Layout, type UISchemaElement } from '@jsonforms/core'

import { boundedText } from '@/ui/text'

import type { Schema } from './schema'

/** The controls of an object, one below the other; `x-group` puts some under a heading of their own. */
export function layoutOf(schema: Schema): Layout {
  const elements: UISchemaElement[] = []
  const groups = new Map<string, UISchemaElement[]>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const control = { type: 'Control', scope: `#/properties/${encode(name)}` }
    const group = typeof property === 'object' ? property['x-group'] : undefined
    if (typeof group !== 'string' || group === '') {
      elements.push(control)
      continue
    }
    const members = groups.get(group)
    if (members !== undefined) {
      members.push(control)
      continue
    }
    const fresh = [control]
    groups.set(group, fresh)
    elements.push({ type: 'Group', label: boundedText(group, 80), elements: fresh } as UISchemaElement)
  }
  return { type: 'VerticalLayout', elements }
}
