"""Settings: read once from the environment and the command line, validated, and handed down as one value.

`SETTINGS` is the list; `docs/reference/settings.md` answers to it. Standard library only: the launcher reads it too.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.access.algorithms import Algorithms, read_algorithms, spell
from headway.access.password_cost import Cost, read_cost, spell_cost
from headway.model.addresses import Networks
from headway.model.errors import BadSetting
from headway.setting_values import (
    Read,
    read_admits,
    read_artifacts,
    read_broker,
    read_command,
    read_database,
    read_days,
    read_file,
    read_home,
    read_hosts,
    read_issuer,
    read_level,
    read_networks,
    read_node,
    read_origins,
    read_prefix,
    read_public_url,
    read_redis,
    read_scopes,
    read_second_factor,
    read_server,
    read_size,
    read_stolen,
    read_syslog,
    read_text,
    read_whole,
    read_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be chosen. Sizes in bytes, times in seconds."""

    home: Path
    node: str
    host: str
    port: int
    database_url: str
    redis_url: str | None
    server_url: str | None
    broker_url: str | None
    broker_prefix: str
    echo_seconds: int
    artifacts_url: str
    tasks: tuple[str, ...]
    children: int
    log_level: str
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    trusted_proxies: Networks
    public_url: str | None
    secret: str | None
    secrets_key: str | None
    secrets_key_file: Path | None
    max_connections: int
    max_connections_per_address: int
    max_connections_per_person: int | None
    artifact_limit: int
    artifact_quota: int
    scan_command: str | None
    token_days: int
    approval_days: int
    keep_run_days: float | None
    keep_log_days: float | None
    keep_metric_days: float | None
    audit_days: float
    audit_syslog: str | None
    sample_seconds: int
    canary_seconds: int
    grace_seconds: int
    slow_statement_ms: int
    second_factor: str
    stolen_passwords: str | None
    password_cost: Cost
    algorithms: Algorithms
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_client_secret_file: Path | None
    oidc_scopes: tuple[str, ...]
    oidc_name: str | None
    oidc_admits: tuple[str, ...]
    oidc_groups_claim: str | None
    oidc_algorithms: tuple[str, ...]
    is_reloading: bool = False
    """`headway serve --reload`: idle children are retired when a task's source changes."""

    @property
    def bus_path(self) -> Path:
        return self.home / "bus.sock"

    @property
    def connection_path(self) -> Path:
        return self.home / "connection.json"

    @property
    def lock_path(self) -> Path:
        return self.home / "server.lock"

    @property
    def spool_path(self) -> Path:
        return self.home / "spool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    """Field of `Settings`."""
    variable: str
    """Environment variable."""
    default: str | None
    """As it would stand in the environment; None: worked out from the others, or not set."""
    read: Read
    says: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="home", variable="HEADWAY_HOME", default="~/.headway", read=read_home, says="Where everything of this installation lives.",
    ),
    Setting(
        name="node", variable="HEADWAY_NODE", default=None, read=read_node,
        says="What this node of a cluster is called where its figures are shown. Not set: the name of the machine.",
    ),
    Setting(
        name="host", variable="HEADWAY_HOST", default="127.0.0.1", read=read_text,
        says="Address to listen on. 0.0.0.0: all of this machine's.",
    ),
    Setting(name="port", variable="HEADWAY_PORT", default="8765", read=read_whole(0, 65_535), says="Port to listen on. 0: any free one."),
    Setting(
        name="database_url", variable="DATABASE_URL", default=None, read=read_database,
        says="Where runs are kept. Not set: SQLite in `headway.db` of the home.",
    ),
    Setting(
        name="redis_url", variable="REDIS_URL", default=None, read=read_redis,
        says="Redis or Valkey through which the processes of several machines tell each other what is new. Not set: a socket in the home, "
        "which serves one machine.",
    ),
    Setting(
        name="server_url", variable="HEADWAY_SERVER", default=None, read=read_server,
        says="Server through which `headway worker` works, on a machine that reaches neither the database nor Redis; its token is "
        "`HEADWAY_TOKEN`. Not set: the worker opens the database itself.",
    ),
    Setting(
        name="broker_url", variable="HEADWAY_BROKER_URL", default=None, read=read_broker,
        says="Redis or Valkey that is the broker of Celery: workers are Celery workers then, and whoever queues a run sends them a "
        "message. Not set: workers look for themselves.",
    ),
    Setting(
        name="broker_prefix", variable="HEADWAY_BROKER_PREFIX", default="headway", read=read_prefix,
        says="What the names of Celery's queues begin with: of the queue `default`, `headway.default`. Installations that share a broker "
        "need one each.",
    ),
    Setting(
        name="echo_seconds", variable="HEADWAY_ECHO_SECONDS", default="30", read=read_whole(0, 3_600),
        says="How often a worker of Celery sends itself a message by way of the broker, in seconds. One that hears none for three times as "
        "long, while the broker answers, ends and is started again. 0: never.",
    ),
    Setting(
        name="artifacts_url", variable="ARTIFACTS_URL", default=None, read=read_artifacts,
        says="Where artifacts are kept. Not set: the directory `artifacts` of the home.",
    ),
    Setting(
        name="tasks", variable="HEADWAY_TASKS", default=None, read=read_words,
        says="Modules that define tasks, separated by commas. Not set: `tasks` of `[tool.headway]` in `pyproject.toml` here.",
    ),
    Setting(
        name="children", variable="HEADWAY_CHILDREN", default=None, read=read_whole(1, 256),
        says="How many runs are executed at once. Not set: one for each processor, at least 2 and at most 8.",
    ),
    Setting(
        name="log_level", variable="HEADWAY_LOG_LEVEL", default="warning", read=read_level,
        says="What Headway's own log shows: debug, info, warning or error.",
    ),
    Setting(
        name="allowed_hosts", variable="HEADWAY_ALLOWED_HOSTS", default="", read=read_hosts,
        says="Names by which the server may be called, beside its own address and localhost; a request for another host is refused.",
    ),
    Setting(
        name="allowed_origins", variable="HEADWAY_ALLOWED_ORIGINS", default="", read=read_origins,
        says="Origins of pages, beside the server's own, that may open a live connection, and call the interface with a token (CORS).",
    ),
    Setting(
        name="trusted_proxies", variable="HEADWAY_TRUSTED_PROXIES", default="", read=read_networks,
        says="Addresses and networks of your proxies, separated by commas. From these alone `X-Forwarded-For` or `Forwarded` is believed: "
        "limits and the list of connections go by the address of whoever is behind them.",
    ),
    Setting(
        name="public_url", variable="HEADWAY_PUBLIC_URL", default=None, read=read_public_url,
        says="Address at which people reach the server, such as that of a proxy: links begin with it, and its host and origin are "
        "allowed. Not set: the address that is listened on.",
    ),
    Setting(
        name="secret", variable="HEADWAY_SECRET", default=None, read=read_text,
        says="Signs tokens; at least 32 bytes. Not set: made at first start and kept in `secret` of the home.",
    ),
    Setting(
        name="secrets_key", variable="HEADWAY_SECRETS_KEY", default=None, read=read_text,
        says="Encrypts the secrets that runs are given: 32 random bytes as base64, or several such keys, separated by commas, the newest "
        "first. Not set: one is derived from HEADWAY_SECRET.",
    ),
    Setting(
        name="secrets_key_file", variable="HEADWAY_SECRETS_KEY_FILE", default=None, read=read_file,
        says="File with such keys, one a line, the newest first, which nobody else can read.",
    ),
    Setting(
        name="max_connections", variable="HEADWAY_MAX_CONNECTIONS", default="12000", read=read_whole(8, 1_000_000),
        says="Connections at once; one more is refused with 503.",
    ),
    Setting(
        name="max_connections_per_address", variable="HEADWAY_MAX_CONNECTIONS_PER_ADDRESS", default="2000", read=read_whole(4, 1_000_000),
        says="Connections at once from one address, and as many live ones; one more is refused with 429, a WebSocket with 4505. Addresses "
        "of this machine and of HEADWAY_TRUSTED_PROXIES may use all: a proxy speaks for everybody.",
    ),
    Setting(
        name="max_connections_per_person", variable="HEADWAY_MAX_CONNECTIONS_PER_PERSON", default=None, read=read_whole(1, 1_000_000),
        says="Live connections at once of one person, over all nodes of a cluster; one more is closed with 4505. Not set: no limit of its "
        "own. All who use the token of the installation are one person.",
    ),
    Setting(
        name="artifact_limit", variable="HEADWAY_ARTIFACT_LIMIT", default="1G", read=read_size,
        says="Largest artifact: bytes, or 512K, 64M, 1G.",
    ),
    Setting(
        name="artifact_quota", variable="HEADWAY_ARTIFACT_QUOTA", default="20G", read=read_size,
        says="All artifacts together: beyond it, a new one is refused.",
    ),
    Setting(
        name="scan_command", variable="HEADWAY_SCAN_COMMAND", default=None, read=read_command,
        says="Looks at each artifact before anybody can have it: a program and its arguments, with `{file}` for the path. It ends with 0 "
        "when nothing was found and with 1 when something was; then the artifact is refused. Servers and workers that reach the store need "
        "the same. Not set: nothing is scanned.",
    ),
    Setting(
        name="token_days", variable="HEADWAY_TOKEN_DAYS", default="365", read=read_whole(1, 400),
        says="How long the token in `connection.json` is good for; each start of the server makes a new one.",
    ),
    Setting(
        name="approval_days", variable="HEADWAY_APPROVAL_DAYS", default="7", read=read_whole(1, 365),
        says="For how many days what needs approval waits for it; then it ends by itself, undecided. Servers of one installation need the "
        "same.",
    ),
    Setting(
        name="keep_run_days", variable="HEADWAY_KEEP_RUN_DAYS", default=None, read=read_days,
        says="Finished runs older than so many days are deleted. Not set: they are kept.",
    ),
    Setting(
        name="keep_log_days", variable="HEADWAY_KEEP_LOG_DAYS", default=None, read=read_days,
        says="The log of finished runs older than so many days is deleted; the run stays. Not set: it is kept.",
    ),
    Setting(
        name="keep_metric_days", variable="HEADWAY_KEEP_METRIC_DAYS", default=None, read=read_days,
        says="The metric points of finished runs older than so many days are deleted. Not set: they are kept.",
    ),
    Setting(
        name="audit_days", variable="HEADWAY_AUDIT_DAYS", default="400", read=read_days,
        says="Rows of the audit log older than so many days are pruned, whole stretches at a time; what remains can still be verified.",
    ),
    Setting(
        name="audit_syslog", variable="HEADWAY_AUDIT_SYSLOG", default=None, read=read_syslog,
        says="Where each row of the audit log is also sent, as it happens: a receiver of syslog by TLS, `tls://logs.example.org:6514`, or "
        "one on this machine, `tcp://127.0.0.1:601`. Not set: nowhere.",
    ),
    Setting(
        name="sample_seconds", variable="HEADWAY_SAMPLE_SECONDS", default="30", read=read_whole(1, 3_600),
        says="How often each process samples how it is doing, in seconds; the first sample comes 10 s after the start.",
    ),
    Setting(
        name="canary_seconds", variable="HEADWAY_CANARY_SECONDS", default="15", read=read_whole(0, 3_600),
        says="How often a run of Headway's own goes the whole way from its start to the news of its end, in seconds. 0: never.",
    ),
    Setting(
        name="grace_seconds", variable="HEADWAY_GRACE_SECONDS", default="3", read=read_whole(0, 86_400),
        says="How long the runs of a worker may go on after it was told to stop, in seconds, before they are given back to be executed "
        "again.",
    ),
    Setting(
        name="slow_statement_ms", variable="HEADWAY_SLOW_STATEMENT_MS", default="100", read=read_whole(1, 60_000),
        says="A statement to the database that takes so many milliseconds, or more, is slow: it is counted, told to the log with its text, "
        "and listed by `headway db statements`.",
    ),
    Setting(
        name="second_factor", variable="HEADWAY_SECOND_FACTOR", default="optional", read=read_second_factor,
        says="Whether people who sign in by password need a code of an authenticator app, too: `optional`, each as they like; `required`, "
        "and who has none yet may do nothing but set one up.",
    ),
    Setting(
        name="stolen_passwords", variable="HEADWAY_STOLEN_PASSWORDS", default=None, read=read_stolen,
        says="New passwords are compared with those that were stolen elsewhere: a file of lines `HASH:count`, sorted by SHA-1, or the "
        "address of a service of ranges, such as `https://api.pwnedpasswords.com/range`, which is told the first five of the forty digits. "
        "Not set: with the list that comes with Headway alone.",
    ),
    Setting(
        name="password_cost", variable="HEADWAY_PASSWORD_COST", default=spell_cost(Cost()), read=read_cost,
        says="What the hash of a password costs (argon2id): memory in KiB, passes and lanes; two are made at once. A hash of another cost "
        "is made anew when its owner signs in.",
    ),
    Setting(
        name="algorithms", variable="HEADWAY_ALGORITHMS", default="", read=read_algorithms,
        says="By which algorithms tokens are signed, secrets encrypted, codes sealed, and the audit log chained and anchored, such as "
        "`tokens=HS512+HS256,secrets=ChaCha20-Poly1305`: of each use the first makes, and all that are named are taken. Servers and "
        "workers that reach the database need the same. Of what is not named: `tokens=HS256`, `secrets=AES-256-GCM`, "
        "`seals=HMAC-SHA-256`, `audit=SHA-256`, `anchors=Ed25519`.",
    ),
    Setting(
        name="oidc_issuer", variable="HEADWAY_OIDC_ISSUER", default=None, read=read_issuer,
        says="People sign in by this OpenID provider: its issuer, to the letter. Not set: by password and link alone.",
    ),
    Setting(
        name="oidc_client_id", variable="HEADWAY_OIDC_CLIENT_ID", default=None, read=read_text,
        says="What Headway is called at the provider. It is needed with HEADWAY_OIDC_ISSUER.",
    ),
    Setting(
        name="oidc_client_secret", variable="HEADWAY_OIDC_CLIENT_SECRET", default=None, read=read_text,
        says="Headway's own password at the provider. Not set: it is a public client, known by PKCE alone.",
    ),
    Setting(
        name="oidc_client_secret_file", variable="HEADWAY_OIDC_CLIENT_SECRET_FILE", default=None, read=read_file,
        says="A file that holds it, instead of HEADWAY_OIDC_CLIENT_SECRET.",
    ),
    Setting(
        name="oidc_scopes", variable="HEADWAY_OIDC_SCOPES", default="openid profile email", read=read_scopes,
        says="What the provider is asked to tell of a person.",
    ),
    Setting(
        name="oidc_algorithms", variable="HEADWAY_OIDC_ALGORITHMS", default="", read=read_words,
        says="By which algorithms the provider's ID tokens may be signed, such as `ES256,EdDSA` where RSA of 2,048 bits is too little. Not "
        "set: by each that is safe.",
    ),
    Setting(
        name="oidc_name", variable="HEADWAY_OIDC_NAME", default=None, read=read_node,
        says="What people call the provider: it stands on the page where they sign in. Not set: the host of the issuer.",
    ),
    Setting(
        name="oidc_admits", variable="HEADWAY_OIDC_ADMIT", default="none", read=read_admits,
        says="Who gets in whom the provider knows, and whose identity is not bound to an account yet: `none`; `known`, who has an account "
        "with the e-mail address that the provider has verified; or domains, separated by commas, whose people get an account at their "
        "first sign-in.",
    ),
    Setting(
        name="oidc_groups_claim", variable="HEADWAY_OIDC_GROUPS_CLAIM", default=None, read=read_text,
        says="The claim that names a person's groups: at each sign-in they are in those of them that there are here, and in no others. Not "
        "set: groups are kept here.",
    ),
)  # fmt: skip


def read_settings(environ: Mapping[str, str] | None = None, *, is_reloading: bool = False, **arguments: str | None) -> Settings:
    """The settings: an argument (by field name, as text) before its environment variable before its default.

    Raises `BadSetting`, naming the variable and what is wrong with it.
    """
    environ = os.environ if environ is None else environ
    unknown = set(arguments) - {setting.name for setting in SETTINGS}
    if unknown:
        raise BadSetting(name=", ".join(sorted(unknown)), reason="there is no such setting")
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = arguments.get(setting.name)
        text = given if given is not None else environ.get(setting.variable, setting.default)
        if text is None or (text == "" and setting.default is None):
            values[setting.name] = None
            continue
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            raise BadSetting(name=setting.variable, reason=str(error)) from None
    return Settings(**_work_out(values), is_reloading=is_reloading)


def _work_out(values: dict[str, Any]) -> dict[str, Any]:
    """What follows from the other settings."""
    home: Path = values["home"]
    if values["database_url"] is None:
        values["database_url"] = f"sqlite:///{home / 'headway.db'}"
    if values["node"] is None:
        values["node"] = socket.gethostname()[:100] or "localhost"
    if values["artifacts_url"] is None:
        values["artifacts_url"] = (home / "artifacts").as_uri()
    if values["tasks"] is None:
        values["tasks"] = _tasks_of_project(Path.cwd() / "pyproject.toml")
    if values["children"] is None:
        values["children"] = min(8, max(2, os.cpu_count() or 2))
    return values


def _tasks_of_project(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    try:
        tasks: Any = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("headway", {}).get("tasks", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(name="pyproject.toml", reason=str(error)) from None
    if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):  # pyright: ignore[reportUnknownVariableType]
        raise BadSetting(name="[tool.headway] tasks", reason="it must be a list of module names")
    return tuple(str(task) for task in tasks)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def to_environment(settings: Settings) -> dict[str, str]:
    """Environment variables that give a process these very settings: how the launcher hands them to what it starts."""
    listed = {"tasks", "allowed_hosts", "allowed_origins", "trusted_proxies", "oidc_scopes", "oidc_admits", "oidc_algorithms"}
    spelt: dict[str, Callable[[Any], str]] = {"algorithms": spell, "password_cost": spell_cost}
    chosen: dict[str, str] = {}
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        if value is not None:
            chosen[setting.variable] = ",".join(map(str, value)) if setting.name in listed else spelt.get(setting.name, str)(value)
    return chosen
