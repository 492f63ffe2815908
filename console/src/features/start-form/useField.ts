import type { Json } from '@headway/client'
import { useJsonFormsControl, type ControlProps } from '@jsonforms/vue'
import { computed } from 'vue'

import { boundedText } from '@/ui/text'
import { useTexts } from '@/ui/i18n/messages'

import { useFormContext } from './context'
import { describe } from './fields'
import { formMessages } from './messages'
import { controlId } from './pointers'
import { at, type Schema } from './schema'

/** Kinds whose empty text is a value of its own. */
const TEXTS = new Set(['text', 'multiline', 'secret', 'email', 'url'])

/** One control of the form: what it asks for, what is there, what is wrong with it, and how it changes. */
export function useField(props: ControlProps) {
  const { control, handleChange } = useJsonFormsControl(props)
  const form = useFormContext()
  const { t } = useTexts(formMessages)

  const root = computed(() => control.value.rootSchema as Schema)
  const field = computed(() => describe(at(props.schema as Schema, props.uischema.scope), root.value))
  const path = computed(() => control.value.path)
  const name = computed(() => path.value.split('.').at(-1) ?? '')
  const label = computed(() => {
    const given = props.uischema.label
    return boundedText(typeof given === 'string' ? given : (field.value.title ?? humanised(name.value)), 120)
  })
  /** The name stands elsewhere: it is only for those who hear the page. */
  const isBare = computed(() => props.uischema.options?.['isBare'] === true)
  const isShown = computed(() => form.isTried.value || form.touched.has(path.value))
  const error = computed(() => {
    const found = form.faults.get(path.value) ?? control.value.errors
    return isShown.value && found !== '' ? boundedText(found.split('\n')[0] ?? '', 300) : undefined
  })
  const example = computed(() => {
    const first = field.value.schema.examples?.[0]
    return first === undefined || field.value.kind === 'secret'
      ? undefined
      : t('example', { value: boundedText(typeof first === 'string' ? first : JSON.stringify(first), 80) })
  })
  const empty = computed<Json | undefined>(() => {
    if (field.value.isNullable) return null
    const isFree = !control.value.required && field.value.schema.default === undefined
    return !isFree && TEXTS.has(field.value.kind) ? '' : undefined
  })

  return {
    control,
    field,
    root,
    path,
    name,
    label,
    /** The name as code writes it, where the label is more than that name with a capital. */
    code: computed(() => (isBare.value || name.value === label.value.toLowerCase() || /^\d+$/.test(name.value) ? null : name.value)),
    isBare,
    id: computed(() => controlId(path.value)),
    data: computed(() => control.value.data as Json | undefined),
    description: computed(() => (field.value.description === undefined ? undefined : boundedText(field.value.description, 2_000))),
    error,
    example,
    empty,
    isRequired: computed(() => control.value.required && !field.value.isNullable),
    change: (value: Json | undefined) => handleChange(path.value, value),
    touch: () => form.touched.add(path.value),
    setFault: (fault: string | null) => {
      if (fault === null) form.faults.delete(path.value)
      else form.faults.set(path.value, fault)
    },
    t,
  }
}

/** `doubt_below` as a label: "Doubt below". */
function humanised(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
