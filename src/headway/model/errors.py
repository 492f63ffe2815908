"""Every error a person or program can get from Headway.

HeadwayError
 ├─ Invalid              what was sent cannot be understood: InvalidParameters, InvalidCursor, WeakPassword, TooLarge …
 ├─ NotFound             RunNotFound, TaskNotFound, …
 ├─ Conflict             the thing is not in a state that allows this: RunFinal, StaleFence, GroupExists, LastAdmin …
 ├─ Refused              Unauthorised (who are you?), Forbidden (you may not), OriginRefused, SignInRefused …
 ├─ ToolMissing          a program of PostgreSQL that is not installed
 ├─ StoreDamaged         what was read from a store, or written to one, is not what it should be
 └─ Unavailable          try again later: StoreUnavailable, QueueFull, QuotaReached, StorageFull, ServerUnreachable, ProviderUnavailable

The docstring of a class is its default sentence. ``code`` is stable; only `web/problems.py` knows HTTP status codes.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class HeadwayError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    is_temporary: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        self.fields = fields
        self.message = message or (type(self).__doc__ or "").strip().format_map(_Fields(fields))
        super().__init__(self.message)


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


class Invalid(HeadwayError):
    """What was sent cannot be understood."""


class InvalidParameters(Invalid):
    """The parameters do not fit the task's schema."""


class ResultNotJson(Invalid):
    """{path} is {reason}."""


class InvalidEvent(Invalid):
    """Event {index} is not valid: {reason}."""


class InvalidCursor(Invalid):
    """This cursor was not given out by Headway; start again without one."""


class InvalidChannel(Invalid):
    """A channel is named run:<id>, runs:<project>, project:<project>, user:<name>, system or approvals."""


class InvalidPattern(Invalid):
    """The pattern is not a regular expression: {reason}."""


class PatternTooSlow(Invalid):
    """The pattern takes too long on line {line}. Make it simpler: nested repetitions such as (a+)+ are the usual reason."""


class WeakPassword(Invalid):
    """This cannot be a password: {reason}."""


class BackupUnusable(Invalid):
    """{path} cannot be restored: {reason}."""


class SecretMissing(Invalid):
    """The task {task} needs the secret {names} in the project {project}, and there is none. `headway secret set {first}` sets it."""


class TooLarge(Invalid):
    """{what} is larger than the limit of {limit}."""


class NotFound(HeadwayError):
    """There is no such thing here."""


class NoStore(NotFound):
    """There is no store yet: {place}. `headway serve` makes one."""


class RunNotFound(NotFound):
    """There is no run {run} here, or you may not see it."""


class TaskNotFound(NotFound):
    """There is no task named {task}. `headway tasks` lists those that can be run."""


class WorkerNotFound(NotFound):
    """There is no worker {worker}. `headway workers` lists those that there are."""


class ArtifactNotFound(NotFound):
    """This run has no such artifact."""


class ResultNotFound(NotFound):
    """This run has no result."""


class SecretNotFound(NotFound):
    """There is no secret {name} here, or not any more."""


class ConnectionNotFound(NotFound):
    """There is no such live connection, or not any more."""


class SignInNotFound(NotFound):
    """There is no such sign-in, or not any more."""


class DeviceNotFound(NotFound):
    """There is no such program that is signed in, or not any more."""


class IdentityNotFound(NotFound):
    """The account has no such identity at a provider, or not any more."""


class NoProvider(NotFound):
    """People do not sign in by a provider here; see HEADWAY_OIDC_ISSUER."""


class NoticeNotFound(NotFound):
    """There is no such notice, or not any more."""


class ApprovalNotFound(NotFound):
    """There is no such approval request, or you may not see it."""


class ApiKeyNotFound(NotFound):
    """There is no such API key, or not any more, or it is not yours."""


class ShareLinkNotFound(NotFound):
    """This run has no such share link."""


class PresetNotFound(NotFound):
    """There is no such preset of this task, or you may not see it."""


class AccountNotFound(NotFound):
    """There is no account named {name}. `headway user list` lists those that there are."""


class GroupNotFound(NotFound):
    """There is no group named {name}."""


class RoleNotFound(NotFound):
    """There is no role named {name}."""


class GrantNotFound(NotFound):
    """There is no such grant, or you may not change it."""


class Conflict(HeadwayError):
    """Not possible in the present state."""


class IllegalTransition(Conflict):
    """A run that is {before} cannot become {after}."""


class RunFinal(Conflict):
    """The run has already ended ({state}); it does not change any more."""


class WorkerEnded(Conflict):
    """The worker {worker} is {state}; nobody there hears of it."""


class RunNotFinal(Conflict):
    """The run has not ended yet ({state}); cancel it first."""


class StaleFence(Conflict):
    """Another attempt of this run has taken over; what this one reports is no longer recorded."""


class BatchOutOfOrder(Conflict):
    """Batch {batch_no} came, but {expected} is the next; send the missing ones first."""


class DuplicateRun(Conflict):
    """Another run already uses this {field}."""


class DuplicateTask(Conflict):
    """Two tasks are named {task}: one in {first}, another in {second}. Give one of them another name: @headway.task(name=...)."""


class PresetExists(Conflict):
    """There is already a preset named {name} in this task and project."""


class AccountExists(Conflict):
    """There is already an account named {name}."""


class TooManyPresets(Conflict):
    """This task has {limit} presets in this project already; delete one first."""


class GroupExists(Conflict):
    """There is already a group named {name}."""


class RoleBuiltIn(Conflict):
    """The role {name} is built in and stays as it is; make one of another name that inherits from it."""


class RoleCircle(Conflict):
    """A role cannot inherit from itself: {names}."""


class RoleInUse(Conflict):
    """The role {name} is in use ({by}); take it away there first."""


class TooManyRights(Conflict):
    """There are {limit} {what} already; delete one first."""


class LastAdmin(Conflict):
    """Nobody would be left who may do everything. Give the role admin to somebody else first."""


class LastWayIn(Conflict):
    """The account {name} would have no way left to sign in. First set a password, bind another identity, or have a link made for it."""


class TooManySecrets(Conflict):
    """There are {limit} secrets already; delete one first."""


class TooManyNotices(Conflict):
    """{limit} notices are valid already; take one back first."""


class TooManyApprovals(Conflict):
    """You have {limit} requests waiting for approval already; have some decided, or withdraw one."""


class ApprovalNeeded(Conflict):
    """Here this needs the approval of {needed} others first."""


class ApprovalSettled(Conflict):
    """This approval request is {state}; it cannot be decided any more."""


class VotedAlready(Conflict):
    """You have voted on this approval request already."""


class RunAwaitsApproval(Conflict):
    """The run {run} waits for approval, and stays as it was asked for until it is decided. Cancel it and start another."""


class TooManyApiKeys(Conflict):
    """{owner} has {limit} API keys already; revoke one first."""


class TooManyShareLinks(Conflict):
    """This run has {limit} share links already; revoke one first."""


class AlreadyServing(Conflict):
    """Another server (process {pid}) is already serving this store: {path}."""


class StoreInUse(Conflict):
    """The store is in use by {holder}; end `headway serve` and every `headway worker` first."""


class StoreOutdated(Conflict):
    """The tables are of version {version}, and this Headway works with {wanted}; `headway db upgrade` brings them there."""


class BackupExists(Conflict):
    """{path} is there already."""


class TargetNotEmpty(Conflict):
    """The database there cannot be moved into: {reason}."""


class NoCheckpoint(Conflict):
    """The run cannot be paused: it has no checkpoint to go on from. Tasks record one with headway.checkpoint(), or with each item of
    `track()` when they are declared with resumable=True."""


class NotPausable(Conflict):
    """This run is recorded from an outside program; only that program can pause it."""


class FamilyTooLarge(Conflict):
    """The run has more than {limit} descendants. Act on them in parts, with a filter, and on the run itself at the end."""


class NoFamily(Conflict):
    """Child runs are started by runs that a worker executes. From elsewhere use headway.Client().start()."""


class ChildFailed(HeadwayError):
    """The child run {name} ({run}) is {state}, not succeeded: {reason}."""


class Refused(HeadwayError):
    """Not allowed."""


class ServerUntrusted(Refused):
    """The certificate of {url} is not trusted: {reason}. If your own authority has signed it, set SSL_CERT_FILE to that one's."""


class Unauthorised(Refused):
    """This needs a valid token."""


class SignInCodeInvalid(Unauthorised):
    """This sign-in link has been used already, or is too old. Run `headway open` on the machine of the server for a new one."""


class SignInRefused(Unauthorised):
    """The name or the password is wrong."""


class PasswordWanted(Invalid):
    """This link is for setting the password of {account}: send it with a new one."""


class SignInExpired(Unauthorised):
    """This sign-in has taken too long, or was begun in another browser. Begin again."""


class ProviderRefused(Unauthorised):
    """The provider has not signed you in: {reason}."""


class IdTokenInvalid(Unauthorised):
    """What the provider says of you cannot be believed: {reason}."""


class NotAdmitted(Refused):
    """The provider knows you, but there is no account here that is yours. Ask whoever looks after Headway."""


class TicketInvalid(Unauthorised):
    """This ticket has been used already, or is too old. Ask for another: POST /api/v1/live/tickets."""


class ShareLinkEnded(Unauthorised):
    """This share link is not good any more: its time is over, or it was taken back. Ask whoever gave it to you for another."""


class DeviceEnded(Unauthorised):
    """This device is not signed in any more. Sign it in with a new code."""


class RefreshTokenReused(Unauthorised):
    """This refresh token was used before, so somebody else may have it: the device is signed out. Sign it in with a new code."""


class SessionEnded(Unauthorised):
    """You are not signed in any more. Run `headway open` on the machine of the server, and follow its link."""


class OriginRefused(Refused):
    """Only pages of this server may sign in or use a session; the request came from another, or did not say from where."""


class OutwardRefused(Refused):
    """Headway does not call {host}: {reason}."""


class Forbidden(Refused):
    """You lack the permission {permission} here."""


class OwnApproval(Refused):
    """Somebody else has to decide upon what you have asked for yourself."""


class OwnGain(Refused):
    """Somebody else has to decide upon rights that you would get yourself."""


class MoreThanHeld(Forbidden):
    """You do not hold {permission} here yourself, so you cannot give it to others, nor take it away."""


class RateLimited(Refused):
    """Too many requests; try again in {retry_in_seconds} s."""

    is_temporary = True


class SignInLocked(RateLimited):
    """Too many wrong passwords for this name. Try again in {retry_in_seconds} s, or ask whoever looks after Headway for a link."""


class TooManyConnections(RateLimited):
    """At most {limit} live connections of one {of}."""


class Unavailable(HeadwayError):
    """Headway cannot do this right now; try again."""

    is_temporary = True


class StoreUnavailable(Unavailable):
    """The store does not answer: {reason}."""


class ServerUnreachable(Unavailable):
    """No Headway server answers at {url}. Start one with `headway serve`, or set HEADWAY_URL."""


class ProviderUnavailable(Unavailable):
    """Nobody can sign in by the provider now: {reason}. Try again."""


class QueueFull(Unavailable):
    """The queue {queue} is full: {limit} runs wait in it already. Try again in {retry_in_seconds} s."""


class QuotaReached(Unavailable):
    """The project {project} has {limit} runs waiting already, which is its quota. Try again in {retry_in_seconds} s."""


class OutwardFailed(Unavailable):
    """{host} could not be asked: {reason}."""


class StorageFull(Unavailable):
    """The disk of the server has no room left for this file. Try again when there is."""


class ToolMissing(HeadwayError):
    """{tool} of PostgreSQL is needed: {reason}."""


class StoreDamaged(HeadwayError):
    """The store is damaged: {reason}."""


class SecretNotGiven(HeadwayError):
    """This run was not given the secret {name}. A task names those that it needs: @headway.task(secrets=["{name}"]). If it does, the
    secret was deleted since, or the worker has no key for it: see its log."""


class SecretUnreadable(HeadwayError):
    """The secret {name} cannot be opened: {reason}."""


class WeakSecret(HeadwayError):
    """The secret is too weak: {reason}. Leave it unset and Headway makes a strong one."""


class BadSetting(HeadwayError):
    """The setting {name} is not valid: {reason}."""


def every_error() -> dict[str, type[HeadwayError]]:
    """All error classes by code; the docs and `web/problems.py` answer to this list."""
    found: dict[str, type[HeadwayError]] = {}
    waiting: list[type[HeadwayError]] = [HeadwayError]
    while waiting:
        cls = waiting.pop()
        found[cls.code] = cls
        waiting.extend(cls.__subclasses__())
    return found
