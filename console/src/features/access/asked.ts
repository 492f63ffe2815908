import type { ApprovalGiven } from '@headway/client/rest'

/** The request that was made instead of what was wanted, where others have to approve it first (202). */
export function askedIn(answer: object): ApprovalGiven | null {
  return 'needed' in answer && 'requested_by' in answer ? (answer as ApprovalGiven) : null
}
