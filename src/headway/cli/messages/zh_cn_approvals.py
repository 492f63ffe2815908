"""Chinese, of approvals."""

MESSAGES: dict[str, str] = {
    "entry.approval_requested": "等待 {needed} 人批准，由 {by} 提出",
    "entry.approval_approved": "{by} 已批准（{given}/{needed}）",
    "entry.approval_refused": "{by} 已拒绝",
}
