"""English, of approvals."""

MESSAGES: dict[str, str] = {
    "entry.approval_requested": "waits for the approval of {needed}, asked for by {by}",
    "entry.approval_approved": "approved by {by} ({given} of {needed})",
    "entry.approval_refused": "refused by {by}",
}
