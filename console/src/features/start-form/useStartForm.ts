import type { Task } from '@headway/client/rest'
import { computed, onScopeDispose, ref, shallowRef, watch, type ShallowRef } from 'vue'

import { Problem, rest } from '@/live/rest'
import { isAborted, troubleOf, type Trouble } from '@/live/trouble'

import type { CheckError } from './checking'
import { provideForm } from './context'
import { dropDraft, keepDraft, readDraft } from './drafts'
import { pointerOf } from './errors'
import { formOf } from './fields'
import { readPlace, toPointer } from './pointers'
import type { JsonObject, Schema } from './schema'
import { defaultsOf } from './values'
import { emptySettings, faultsOf, Keys, toWish, type Settings, type StartWish } from './wish'

export interface Refusal {
  field: string
  message: string
}

const DRAFT_MS = 400
const CHECK_MS = 500

/** What is typed, what is wrong with it, and how it becomes a run. Nothing of it is lost by a start that fails. */
export function useStartForm(
  task: Task,
  begin: { parameters?: JsonObject; settings?: Partial<Settings>; isFresh: boolean },
  now: () => number,
) {
  const schema = task.parameter_schema as Schema
  const form = provideForm()
  const draft = begin.isFresh ? null : readDraft(sessionStorage, task.name)
  const parameters = shallowRef<JsonObject>(draft?.parameters ?? { ...defaultsOf(schema), ...begin.parameters })
  const settings = ref<Settings>(draft?.settings ?? { ...emptySettings(), ...begin.settings })
  /** The JSON tab's text where it is no JSON: it stands against a start. */
  const brokenText = ref<string | null>(null)
  const errors = shallowRef<CheckError[]>([])
  const trouble = shallowRef<Trouble | null>(null)
  const isStarting = ref(false)
  const keys = new Keys()

  const wish = computed<StartWish>(() => toWish(parameters.value, settings.value))
  const settingFaults = computed(() => faultsOf(settings.value, now()))
  const { refused, isChecking, refuse } = useServerCheck(task.name, parameters)
  const isDraftKept = useDraft(task.name, schema, parameters, settings)

  /** Everything that stands against a start, each once: ours first, then what only the server found. */
  const issues = computed<Refusal[]>(() => {
    const own = errors.value.map((error) => ({ field: pointerOf(error), message: '', error }))
    const known = new Set(own.map(({ field }) => field))
    return [...own, ...refused.value.filter(({ field }) => !known.has(field))]
  })
  const obstacles = computed(
    () => issues.value.length + settingFaults.value.length + form.faults.size + (brokenText.value === null ? 0 : 1),
  )

  async function start() {
    form.isTried.value = true
    trouble.value = null
    if (isStarting.value || errors.value.length + settingFaults.value.length + form.faults.size > 0 || brokenText.value !== null)
      return null
    isStarting.value = true
    const { idempotency_key: _, ...body } = wish.value
    try {
      const headers = { 'idempotency-key': keys.keyFor(task.name, wish.value) }
      const run = await rest.startRun({ path: { task: task.name }, body, headers })
      keys.forget()
      dropDraft(sessionStorage, task.name)
      return run
    } catch (error) {
      trouble.value = troubleOf(error)
      if (error instanceof Problem) refuse(refusalsOf(error))
      return null
    } finally {
      isStarting.value = false
    }
  }

  function fill(given: JsonObject) {
    parameters.value = given
    brokenText.value = null
    form.faults.clear()
    form.touched.clear()
    form.isTried.value = false
    trouble.value = null
  }

  return {
    task,
    schema,
    form,
    parameters,
    settings,
    brokenText,
    errors,
    refused,
    issues,
    obstacles,
    settingFaults,
    trouble,
    isStarting,
    isChecking,
    isDraftKept,
    wish,
    noForm: formOf(schema),
    wasDraft: draft !== null,
    start,
    fill,
  }
}

/** Keeps what is typed in this tab, a moment after the last change. False: it is too large to be kept. */
function useDraft(task: string, schema: Schema, parameters: ShallowRef<JsonObject>, settings: { value: Settings }) {
  const isKept = ref(true)
  let timer: ReturnType<typeof setTimeout> | undefined
  const keep = () => (isKept.value = keepDraft(sessionStorage, task, { parameters: parameters.value, settings: settings.value }, schema))
  watch(
    [parameters, () => settings.value],
    () => {
      clearTimeout(timer)
      timer = setTimeout(keep, DRAFT_MS)
    },
    { deep: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return isKept
}

/** Asks the server what it thinks of the parameters, a moment after the last change; an answer that is overtaken is dropped. */
function useServerCheck(task: string, parameters: ShallowRef<JsonObject>) {
  const refused = shallowRef<Refusal[]>([])
  const isChecking = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null

  async function ask() {
    const mine = (asking = new AbortController())
    isChecking.value = true
    try {
      const { problems } = await rest.validateParameters({ path: { task }, body: { parameters: parameters.value }, signal: mine.signal })
      if (asking === mine) refused.value = problems.map(({ field, message }) => ({ field: toPointer(readPlace(field)), message }))
    } catch (error) {
      // The check is a kindness: when the server is away, starting says so.
      if (!isAborted(error)) troubleOf(error)
    } finally {
      if (asking === mine) isChecking.value = false
    }
  }

  watch(
    parameters,
    () => {
      refused.value = []
      asking?.abort()
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), CHECK_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    asking?.abort()
    asking = null
  })
  return { refused, isChecking, refuse: (found: Refusal[]) => (refused.value = found) }
}

/** Where the server says that parameters do not fit: all places it names, else the one field. */
function refusalsOf(problem: Problem): Refusal[] {
  const named = problem.said['problems'] ?? problem.said['errors']
  if (Array.isArray(named)) {
    return named.slice(0, 100).flatMap((one: unknown) => {
      const { field, message } = (one ?? {}) as { field?: unknown; message?: unknown }
      return typeof field === 'string' && typeof message === 'string' ? [{ field: toPointer(readPlace(field)), message }] : []
    })
  }
  return problem.code === 'invalid_parameters' && problem.field !== null
    ? [{ field: toPointer(readPlace(problem.field)), message: problem.detail }]
    : []
}
