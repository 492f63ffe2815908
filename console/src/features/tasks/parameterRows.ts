import type { Json } from '@headway/client'
import { describe, type Kind } from '@/features/start-form/fields'
import { isObject, type Schema } from '@/features/start-form/schema'
import { isSecret, masked } from '@/features/start-form/secrets'

export interface ParameterRow {
  name: string
  kind: Kind
  optionCount: number
  isNullable: boolean
  isRequired: boolean
  least?: number
  most?: number
  usual?: Json
  says: string
}

/** The parameters of a task as rows of a table. */
export function parameterRows(root: Schema): ParameterRow[] {
  const required = new Set(Array.isArray(root.required) ? root.required : [])
  return Object.entries(isObject(root.properties) ? (root.properties as Record<string, Schema>) : {}).map(([name, given]) => {
    const { kind, schema, isNullable, description, options } = describe(given, root)
    return {
      name,
      kind,
      optionCount: options.length,
      isNullable,
      isRequired: required.has(name),
      ...(schema.minimum !== undefined && { least: schema.minimum }),
      ...(schema.maximum !== undefined && { most: schema.maximum }),
      ...(schema.default !== undefined && !isSecret(given, root) && { usual: masked(schema.default, given, root) }),
      says: description ?? '',
    }
  })
}
