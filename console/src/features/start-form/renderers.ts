import type { JsonFormsRendererRegistryEntry, JsonSchema, UISchemaElement } from '@jsonforms/core'
import type { Component } from 'vue'

import ChoiceControl from './controls/ChoiceControl.vue'
import DictControl from './controls/DictControl.vue'
import FileControl from './controls/FileControl.vue'
import JsonControl from './controls/JsonControl.vue'
import ListControl from './controls/ListControl.vue'
import NumberControl from './controls/NumberControl.vue'
import ObjectControl from './controls/ObjectControl.vue'
import RowsLayout from './controls/RowsLayout.vue'
import SwitchControl from './controls/SwitchControl.vue'
import TextControl from './controls/TextControl.vue'
import TimeControl from './controls/TimeControl.vue'
import VariantsControl from './controls/VariantsControl.vue'
import { describe, type Field } from './fields'
import { at, type Schema } from './schema'

function controlFor({ kind, isNullable }: Field): Component {
  switch (kind) {
    case 'text':
    case 'multiline':
    case 'secret':
    case 'email':
    case 'url':
      return TextControl
    case 'number':
    case 'integer':
    case 'slider':
      return NumberControl
    case 'boolean':
      return isNullable ? ChoiceControl : SwitchControl
    case 'select':
    case 'radio':
    case 'choices':
      return ChoiceControl
    case 'date':
    case 'date-time':
    case 'time':
    case 'duration':
      return TimeControl
    case 'file':
      return FileControl
    case 'list':
    case 'tuple':
      return ListControl
    case 'object':
      return ObjectControl
    case 'dict':
      return DictControl
    case 'variants':
      return VariantsControl
    case 'json':
      return JsonControl
  }
}

const controls = [
  TextControl,
  NumberControl,
  SwitchControl,
  ChoiceControl,
  TimeControl,
  FileControl,
  ListControl,
  ObjectControl,
  DictControl,
  VariantsControl,
  JsonControl,
]

function entry(renderer: Component): JsonFormsRendererRegistryEntry {
  const tester = (element: UISchemaElement, schema: JsonSchema, context: { rootSchema: JsonSchema }): number => {
    if (element.type !== 'Control' || !('scope' in element) || typeof element.scope !== 'string') return -1
    const field = describe(at(schema as Schema, element.scope), context.rootSchema as Schema)
    return controlFor(field) === renderer ? 10 : -1
  }
  return { tester, renderer }
}

/** Every control of ours, for JSON Forms to choose from by what `describe` says of a schema. */
export const renderers: readonly JsonFormsRendererRegistryEntry[] = [
  ...controls.map((control) => entry(control)),
  { tester: (element) => (element.type === 'VerticalLayout' || element.type === 'Group' ? 10 : -1), renderer: RowsLayout },
]
