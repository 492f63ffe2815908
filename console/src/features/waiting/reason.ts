import type { Cause, Waiting } from '@headway/client/rest'
import type { RouteLocationRaw } from 'vue-router'

import type { Formats } from '@/ui/formats'
import { boundedText } from '@/ui/text'

type Translate = (key: string, named: Record<string, unknown>) => string

/** Why it waits, as a sentence, or short for a row. */
export function wordsOf(waiting: Waiting, form: 'cause' | 'short', t: Translate, formats: Formats, now: number): string {
  const { cause, queue, project, task, key, by, limit, given, until } = waiting
  return t(`${form}.${cause}`, {
    queue: boundedText(queue, 60),
    project: boundedText(project, 60),
    task: boundedText(task, 80),
    key: boundedText(key, 80),
    by: boundedText(by, 60) || t('nobody', {}),
    limit: formats.count(limit ?? 0),
    given: formats.count(given ?? 0),
    until: until === null ? '' : formats.date(until, now),
  })
}

export interface Lead {
  word: 'queue' | 'queues' | 'quotas' | 'task' | 'parent'
  to: RouteLocationRaw
}

const QUEUES: Lead = { word: 'queues', to: { name: 'queues' } }
const LEADS: Partial<Record<Cause, (waiting: Waiting, parent: string | null) => Lead | null>> = {
  queue_paused: (waiting) => toQueue(waiting),
  queue_limit: (waiting) => toQueue(waiting),
  queue_unserved: (waiting) => toQueue(waiting),
  project_quota: () => ({ word: 'quotas', to: { name: 'queues', hash: '#quotas' } }),
  task_unknown: ({ task }) => (task === null ? QUEUES : { word: 'task', to: { name: 'task', params: { task } } }),
  family_cap: (_, parent) => (parent === null ? null : { word: 'parent', to: { name: 'run', params: { run: parent } } }),
}

function toQueue({ queue }: Waiting): Lead {
  return queue === null ? QUEUES : { word: 'queue', to: { name: 'queues', query: { q: queue } } }
}

/** Where a person can do something about it. Whoever is queued has such a place. */
export function leadOf(waiting: Waiting, parent: string | null): Lead | null {
  if (waiting.state !== 'queued') return null
  return LEADS[waiting.cause]?.(waiting, parent) ?? QUEUES
}

/** In how many seconds it is expected to start: between `low` and `high` in eight cases of ten, or at `at` where no range is given. */
export function spanOf(
  waiting: Pick<Waiting, 'expected_start_from' | 'expected_start_to'>,
  at: string,
  now: number,
): { low: number; high: number; isSoon: boolean } {
  const left = (end: string): number => Math.max(0, Date.parse(end) - now) / 1000
  const { expected_start_from: from, expected_start_to: to } = waiting
  return { low: left(from ?? at), high: left(to ?? at), isSoon: left(to ?? at) < 1 }
}
