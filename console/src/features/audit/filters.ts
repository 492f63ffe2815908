import type { Action, AuditOutcome, ListAuditData } from '@headway/client/rest'
import type { LocationQuery } from 'vue-router'

/** What the audit log is narrowed by, as it stands in the address. */
export interface AuditFilter {
  by: string
  /** The beginning of a name (`run`) or a whole one (`run.cancelled`). */
  action: string
  project: string
  target: string
  outcome: '' | AuditOutcome
  /** Days of the reader's calendar, `2026-11-28`, both included. */
  from: string
  to: string
}

export const FIELDS = ['by', 'action', 'project', 'target', 'outcome', 'from', 'to'] as const
export const OUTCOMES: readonly AuditOutcome[] = ['done', 'refused', 'failed']

export const ACTIONS: readonly Action[] = [
  ...(['sign_in.done', 'sign_in.failed', 'sign_in.locked', 'sign_in_link.made', 'session.ended'] as const),
  ...(['token.made', 'token.rotated', 'token.revoked', 'token.refused', 'signing_keys.rotated'] as const),
  ...(['account.made', 'account.changed', 'account.deleted', 'password.changed', 'identity.linked', 'identity.unlinked'] as const),
  ...(['second_factor.set', 'second_factor.taken_off', 'recovery_codes.made', 'recovery_code.used', 'proof.given'] as const),
  ...(['group.made', 'group.changed', 'group.deleted', 'role.made', 'role.changed', 'role.deleted', 'grant.given', 'grant.taken'] as const),
  ...(['run.cancelled', 'run.paused', 'run.resumed', 'run.retried', 'run.edited', 'run.deleted', 'run.log_deleted', 'run.shared'] as const),
  ...(['runs.cancelled', 'runs.paused', 'runs.resumed', 'runs.retried', 'runs.deleted'] as const),
  ...(['approval.asked', 'approval.given', 'approval.refused', 'approval.expired', 'approval.withdrawn'] as const),
  ...(['task.changed', 'secret.set', 'secret.deleted', 'secrets.rotated', 'queue.changed', 'quota.changed', 'worker.asked'] as const),
  ...(['notice.sent', 'notice.withdrawn', 'connection.ended', 'setting.changed', 'file.refused', 'call.refused', 'caller.slowed'] as const),
  ...(['audit.exported', 'audit.pruned', 'audit.broken'] as const),
]

/** What is no filter is left out: an address can be written by anybody. */
export function readFilter(query: LocationQuery): AuditFilter {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 200) : '')
  const day = (name: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(text(name)) && !Number.isNaN(Date.parse(text(name))) ? text(name) : '')
  return {
    by: text('by'),
    action: ACTIONS.find((one) => one === text('action')) ?? '',
    project: text('project'),
    target: text('target'),
    outcome: OUTCOMES.find((one) => one === text('outcome')) ?? '',
    from: day('from'),
    to: day('to'),
  }
}

function midnight(day: string, later = 0): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + later).toISOString()
}

/** As the server is asked. */
export function queryOf(filter: AuditFilter): NonNullable<ListAuditData['query']> {
  const { by, action, project, target, outcome, from, to } = filter
  return {
    ...(by ? { by } : {}),
    ...(action ? { action: [action as Action] } : {}),
    ...(project ? { project } : {}),
    ...(target ? { target } : {}),
    ...(outcome ? { outcome } : {}),
    ...(from ? { at_from: midnight(from) } : {}),
    ...(to ? { at_to: midnight(to, 1) } : {}),
  }
}
