"""`headway monitor`: how the installation is doing, as one screen of tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from headway.cli.arguments import add_url, whole
from headway.cli.documents import Document, part
from headway.cli.exits import Exit
from headway.cli.formats import Language, format_ago, format_bytes, format_count, format_duration, format_lag, format_number, format_percent
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line

ROUTES_SHOWN = 10
PARTS = ("system", "tasks", "apis", "database", "gateway")
WATCHING = ("viewers", "websocket", "sse", "poll", "stalled", "channels", "rows")
TOLD = ("deliveries", "folded", "resumes", "gaps", "resets", "reconnects", "refused")
MOST_MINUTES = 7 * 24 * 60


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--minutes", type=whole(1, MOST_MINUTES), default=15, metavar="N", help=words("option.monitor.minutes"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    """Every table is a document of `/monitor/…`; with `--json` they come as they are, by the names of these."""
    remote = Remote(args.url)
    since = (datetime.now(UTC) - timedelta(minutes=args.minutes)).isoformat()
    found: dict[str, Document] = {name: cast("Document", remote.get(f"/monitor/{name}", **{"from": since})) for name in PARTS}
    if output.is_json:
        output.json(found)
    else:
        _Screen(output).draw(found, args.minutes)
    return Exit.SUCCEEDED


class _Screen:
    def __init__(self, output: Output) -> None:
        self._output = output
        self._words = output.words
        self._language: Language = output.language

    def draw(self, found: dict[str, Document], minutes: int) -> None:
        self._canary(found["system"].get("canary"))
        self._broker(found["system"].get("broker"))
        if not any(_current(found["system"], name, "levels") for name in ("hosts", "servers", "workers")):
            self._output.line(line(self._words("monitor.no_samples"), "dim"))
        self._hosts(found["system"])
        self._processes(found["system"])
        self._queues(found["tasks"])
        self._routes(found["apis"], minutes)
        self._database(found["database"])
        self._gateway(found["gateway"], minutes)

    def _canary(self, canary: dict[str, Any] | None) -> None:
        if canary is None:
            self._output.line(line(self._words("monitor.no_canary"), "dim"))
        elif canary["is_late"]:
            self._output.line(line(self._words("monitor.canary_late", reason=canary["reason"] or ""), "red"))
        elif canary["age_seconds"] is None:
            self._output.line(line(self._words("monitor.canary_waiting"), "dim"))
        else:
            ago = format_ago(canary["age_seconds"], self._language)
            took = format_lag(canary["took_seconds"], self._language)
            self._output.line(line(self._words("monitor.canary", ago=ago, took=took), "green"))

    def _broker(self, broker: dict[str, Any] | None) -> None:
        if broker is None:
            return
        if broker["is_away"]:
            self._output.line(line(self._words("monitor.broker_away"), "red"))
        for deaf in broker["deaf_workers"]:
            queues = ", ".join(map(clean, deaf["queues"]))
            self._output.line(line(self._words("monitor.deaf_worker", worker=clean(deaf["label"]), queues=queues), "yellow"))
        for queue in broker["unheard_queues"]:
            self._output.line(line(self._words("monitor.unheard_queue", queue=clean(queue)), "red"))

    def _table(self, title: str, names: Sequence[str], rows: Sequence[Sequence[str]], **fields: int) -> None:
        if not rows:
            return
        self._output.line("")
        self._output.line(line(self._words(f"monitor.{title}", **fields), "bold"))
        columns = [Column(title=self._words(f"monitor.{name}"), is_right=at > 0, gives_way=at == 0) for at, name in enumerate(names)]
        cells: list[list[Line]] = [[line(clean(text)) for text in row] for row in rows]
        for content in draw_table(columns, cells, self._output.size[0] if self._output.is_terminal else None):
            self._output.line(content)

    def _hosts(self, system: Document) -> None:
        self._table("hosts", ("host", "cpu", "memory", "disk", "received", "sent", "load"), [
            (
                series["name"],
                _percent(levels.get("cpu")),
                _of(levels.get("memory_bytes"), levels.get("memory_total_bytes")),
                _of(levels.get("disk_bytes"), levels.get("disk_total_bytes")),
                _rate(levels.get("received_bytes_per_second")),
                _rate(levels.get("sent_bytes_per_second")),
                format_number(levels.get("load"), self._language),
            )
            for series, levels in _current(system, "hosts", "levels")
        ])  # fmt: skip

    def _processes(self, system: Document) -> None:
        rows = [
            (
                f"{self._words(f'monitor.{kind}')} {str(series.get('label') or series['name']).removeprefix('server@')}",
                _percent(levels.get("cpu")),
                format_bytes(levels.get("memory_bytes")),
                "–" if "slots" not in levels else f"{levels['busy']:.0f}/{levels['slots']:.0f}",
            )
            for kind in ("server", "worker")
            for series, levels in _current(system, f"{kind}s", "levels")
        ]
        self._table("processes", ("process", "cpu", "memory", "busy"), rows)

    def _queues(self, tasks: Document) -> None:
        self._table("queues", ("queue", "queued", "oldest", "running"), [
            (
                series["name"],
                format_count(levels.get("queued"), self._language),
                # Where nobody waits there is no oldest.
                format_duration(levels.get("oldest_seconds") or None, self._language),
                format_count(levels.get("running"), self._language),
            )
            for series, levels in _current(tasks, "queues", "levels")
        ])  # fmt: skip
        self._table("at_work", ("run", "cpu", "memory"), [
            (f"{each['run'][-8:]} {each['name']}", _percent(each["cpu"]), format_bytes(each["memory_bytes"]))
            for each in tasks.get("at_work", [])
        ])  # fmt: skip

    def _routes(self, apis: Document, minutes: int) -> None:
        routes: list[dict[str, Any]] = apis.get("routes", [])
        self._table("routes", ("route", "calls", "client_errors", "errors", "p50", "p95"), [
            (
                each["route"],
                *(format_count(each[name], self._language) for name in ("calls", "client_errors", "errors")),
                *(format_lag(each[name], self._language) for name in ("p50", "p95")),
            )
            for each in routes[:ROUTES_SHOWN]
        ])  # fmt: skip
        if len(routes) > ROUTES_SHOWN:
            self._output.line(line(self._words("monitor.more_routes", count=len(routes) - ROUTES_SHOWN, minutes=minutes), "dim"))

    def _database(self, database: Document) -> None:
        rows = [
            (
                series["name"],
                format_bytes(series["current"]["levels"].get("size_bytes")),
                format_count(series["current"]["counts"].get("commit"), self._language),
                format_lag(series["current"]["p50"].get("commit"), self._language),
                format_lag(series["current"]["p95"].get("commit"), self._language),
                format_count(series["current"]["counts"].get("slow"), self._language),
            )
            for series, _ in _current(database, "processes", "levels")
        ]
        self._table("database", ("process", "size", "commits", "p50", "p95", "slow"), rows)
        self._table("connections", ("process", "in_use", "read_wait", "write_wait"), [
            (
                series["name"],
                f"{levels['in_use']:.2f}/{levels['connections']:.0f}",
                *(format_lag(series["current"]["p95"].get(name), self._language) for name in ("read_wait", "write_wait")),
            )
            for series, levels in _current(database, "processes", "levels")
            if "in_use" in levels  # not in samples of an older version
        ])  # fmt: skip

    def _gateway(self, gateway: Document, minutes: int) -> None:
        self._table("gateway", ("process", *WATCHING, "p50", "p95"), [
            (
                series["name"],
                *(format_count(levels.get(name), self._language) for name in WATCHING),
                *(format_lag(series["current"][share].get("lag"), self._language) for share in ("p50", "p95")),
            )
            for series, levels in _current(gateway, "gateways", "levels")
        ])  # fmt: skip
        for flag in gateway.get("flags", []):
            value = format_lag(flag["value"], self._language) if flag["kind"] == "lag" else format_number(flag["value"], self._language)
            if flag["kind"] == "pool":
                value = _percent(100 * flag["value"])
            self._output.line(line(self._words(f"monitor.flag_{flag['kind']}", gateway=clean(flag["gateway"]), value=value), "yellow"))
        self._table("told", ("process", "sent", *TOLD), [
            (
                series["name"],
                format_bytes(counts.get("sent_bytes")),
                *(format_count(counts.get(name), self._language) for name in TOLD),
            )
            for series, counts in _current(gateway, "gateways", "counts")
        ])  # fmt: skip
        self._pages(gateway, minutes)

    def _pages(self, gateway: Document, minutes: int) -> None:
        """Over the whole time: viewers catch up now and then, and half a minute would mostly say nothing."""
        rows: list[Sequence[str]] = []
        for series in gateway.get("gateways", []):
            found, read = (sum(count or 0 for count in part(series, "counts").get(f"pages_{name}", [])) for name in ("found", "read"))
            share = format_percent(found, found + read) if found + read else "–"
            rows.append((series["name"], *(format_count(count, self._language) for count in (found, read)), share))
        self._table("pages", ("process", "pages_found", "pages_read", "pages_share"), rows, minutes=minutes)


def _current(document: Document, name: str, read: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each series that has a newest sample, with what is read of that."""
    series: list[dict[str, Any]] = document.get(name, [])
    return [(each, part(each["current"], read)) for each in series if each["current"] is not None]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}%"


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{format_bytes(value)}/s"


def _of(value: float | None, whole: float | None) -> str:
    return f"{format_bytes(value)} / {format_bytes(whole)}"
