"""The list of commands: names, the file of each, and under which heading the help shows it."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("work", "see", "operate", "admit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    group: str

    @property
    def module(self) -> str:
        return f"headway.cli.{self.name}"


COMMANDS: dict[str, Command] = {
    name: Command(name=name, group=group)
    for group, names in {
        "work": ("demo", "run", "exec", "retry", "pause", "resume", "cancel", "delete"),
        "see": ("open", "ps", "watch", "logs", "show", "export", "share", "tasks", "stats", "monitor"),
        "operate": ("serve", "worker", "workers", "queues", "connections", "notice", "audit", "db", "doctor", "version"),
        "admit": ("login", "logout", "user", "group", "role", "grant", "approvals", "key", "token", "secret"),
    }.items()
    for name in names
}
