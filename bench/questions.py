"""What is asked: the benches, and the questions that their figures answer. A floor is what a release must reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One program that measures. It is run from the repository's root, in a process of its own."""

    name: str
    module: str
    about: str
    limit_seconds: float
    """It is ended after this time, whatever it does."""
    small: tuple[str, ...] = ("--small",)
    """Arguments for the small size."""
    full: tuple[str, ...] = ()
    is_peer: bool = False
    """Runs in the peers' environment (`bench/peers/environment.py`), as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a number stands: a value of a figure of a bench."""

    bench: str
    figure: str
    value: str

    def of(self, found: dict[str, Figures]) -> float | None:
        """The number; None where the bench did not run or did not say it."""
        number: Any = found.get(self.bench, {}).get(self.figure, {}).get(self.value)
        return number if isinstance(number, int | float) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, where its answer stands, and what the answer must be."""

    text: str
    answer: Place
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    peers: tuple[tuple[str, Place], ...] = ()
    """What others need for the same, from the same run: a name and where the number stands."""
    before: str = ""
    """What stands beside it from elsewhere: the prototype's figure."""

    def is_reached(self, number: float) -> bool | None:
        """None where no floor is set."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)


BENCHES = (
    Bench(name="user_code", module="bench.sdk.user_code", about="what reporting costs the code that reports", limit_seconds=180),
    Bench(name="chatter", module="bench.work.chatter", about="events a second from child to commit, end to end", limit_seconds=300),
    Bench(name="journal", module="bench.store.journal", about="the journal alone: much stored, many readers", limit_seconds=900),
    Bench(name="search", module="bench.store.search", about="a long log searched, and a chart of a million points", limit_seconds=300),
    Bench(name="no_op", module="bench.work.no_op", about="start latency and throughput of runs, memory of waiting ones", limit_seconds=300),
    Bench(
        name="celery", module="bench.peers.celery_no_op", about="peer of no_op: Celery on Valkey, two prefork children, results on",
        limit_seconds=180, small=("200", "100"), full=("5000", "300"), is_peer=True,
    ),
    Bench(
        name="prefect", module="bench.peers.prefect_no_op", about="peer of no_op: Prefect on its own server with SQLite",
        limit_seconds=180, small=("2", "20"), full=("10", "500"), is_peer=True,
    ),
    Bench(
        name="through_celery", module="bench.work.through_celery", about="runs that Celery rings for, beside bare tasks of Celery",
        limit_seconds=300,
    ),
    Bench(name="start_runs", module="bench.web.start_runs", about="runs started over HTTP", limit_seconds=120),
    Bench(name="family", module="bench.work.family", about="a parent of 10,000 children, and its picture of them", limit_seconds=600),
    Bench(name="rights", module="bench.access.rights", about="what somebody with 50 grants may do, and their list", limit_seconds=300),
    Bench(name="many", module="bench.web.many", about="lists of 100,000 stored runs, and one act for 10,000", limit_seconds=300),
    Bench(name="fanout", module="bench.live.fanout", about="cost of a delivery, and age of what a viewer sees", limit_seconds=180),
    Bench(name="ages", module="bench.live.ages", about="age of an event at 1,000 viewers beside ingest, and at 10,000", limit_seconds=240),
    Bench(name="resting", module="bench.live.resting", about="memory of viewers of a run in which nothing happens", limit_seconds=180),
    Bench(name="stalled", module="bench.live.stalled", about="viewers that never read, and those beside them", limit_seconds=180),
    Bench(name="restart", module="bench.live.restart", about="kill -9 of the server under 5,000 viewers", limit_seconds=240),
    Bench(name="list", module="bench.live.list", about="age of a row in a live list, and what the list costs", limit_seconds=120),
    Bench(
        name="console", module="bench.console.face", about="the console in a real browser: report to pixel, long logs, first screens",
        limit_seconds=1_800,
    ),
    Bench(name="kit", module="bench.testing.kit", about="runs in the installation in memory that tests have", limit_seconds=60),
    Bench(name="sign_in", module="bench.web.sign_in", about="what a sign-in by password takes, and says", limit_seconds=300),
    Bench(name="startup", module="bench.cli.startup", about="how long client commands take", limit_seconds=300),
    Bench(name="eta", module="bench.insight.eta", about="how often the range of the ETA holds, and how far it is off", limit_seconds=180),
    Bench(name="starts", module="bench.insight.starts", about="how often the expected start of a run that waits holds", limit_seconds=400),
    Bench(name="courses", module="bench.insight.courses", about="what past runs cost that an ETA is made of", limit_seconds=300),
    Bench(name="idle", module="bench.assembly.idle", about="memory of `headway serve` with nothing to do", limit_seconds=120),
    Bench(name="canary", module="bench.assembly.canary", about="processor time that the canary takes", limit_seconds=600),
    Bench(name="ingest", module="bench.store.ingest", about="events a second into PostgreSQL", limit_seconds=120),
    Bench(name="pools", module="bench.store.pools", about="what kept connections and warm children save", limit_seconds=120),
    Bench(name="nodes", module="bench.cluster.nodes", about="age of a line at another node than the worker's", limit_seconds=120),
    Bench(name="mixed", module="bench.cluster.mixed", about="requests of all kinds, and the death of a worker", limit_seconds=180),
    Bench(name="cache", module="bench.cluster.cache", about="the console's reads, and what the database is spared", limit_seconds=300),
    Bench(
        name="recovery", module="bench.cluster.recovery", about="dead and frozen workers: how soon their runs go on elsewhere",
        limit_seconds=1_200,
    ),
    Bench(name="year", module="bench.store.year", about="what a year of statistics and samples weighs", limit_seconds=600),
)  # fmt: skip

_LOGGING = Place(bench="user_code", figure="peer: logging to a file", value="best_us")
_PRINT = Place(bench="user_code", figure="peer: print to a file", value="best_us")

QUESTIONS = (
    Question(
        text="`track()`: cost of an iteration, as a share of tqdm's", at_most=0.6, before="prototype 0.36",
        answer=Place(bench="user_code", figure="loops", value="track_to_tqdm"),
    ),
    Question(
        text="`track()`: cost of an iteration", unit="ns", before="prototype 27",
        answer=Place(bench="user_code", figure="loops", value="track_ns"),
        peers=(("tqdm", Place(bench="user_code", figure="loops", value="tqdm_ns")),),
    ),
    Question(
        text="`headway.log()`: a line", unit="µs", at_most=5, peers=(("logging to a file", _LOGGING),),
        answer=Place(bench="user_code", figure="headway.log", value="best_us"),
    ),
    Question(
        text="`logging`, captured: a line", unit="µs", at_most=12, peers=(("logging to a file", _LOGGING),),
        answer=Place(bench="user_code", figure="logging", value="best_us"),
    ),
    Question(
        text="`print`, captured: a line", unit="µs", at_most=6, peers=(("print to a file", _PRINT),),
        answer=Place(bench="user_code", figure="print", value="best_us"),
    ),
    Question(
        text="A report holds user code up, p99.9", unit="ms", at_most=1,
        answer=Place(bench="user_code", figure="held_up", value="p999_ms"),
    ),
    Question(
        text="A report holds user code up, at most", unit="ms", at_most=50,
        answer=Place(bench="user_code", figure="held_up", value="max_ms"),
    ),
    Question(
        text="Child to commit, 100 live runs, bursts of 10", unit="events/s", at_least=100_000, before="prototype 234,000",
        answer=Place(bench="chatter", figure="child_to_commit of 10", value="events_per_second"),
    ),
    Question(
        text="Child to commit, 100 live runs, bursts of 1", unit="events/s", at_least=20_000,
        answer=Place(bench="chatter", figure="child_to_commit of 1", value="events_per_second"),
    ),
    Question(
        text="Cost of an event with 10 M stored, against 200 k", unit="×", at_most=1.3,
        answer=Place(bench="journal", figure="growth", value="cost_ratio"),
    ),
    Question(
        text='Failed queries and acts with 50 readers ("database is locked")', at_most=0,
        answer=Place(bench="journal", figure="readers", value="failed"),
    ),
    Question(
        text="Write-ahead log with 50 readers, at most", unit="MB", at_most=256,
        answer=Place(bench="journal", figure="readers", value="wal_mb"),
    ),
    Question(
        text="A rare word found in all of 200,000 lines of 100 bytes", unit="s", at_most=0.5,
        answer=Place(bench="search", figure="a rare word, live", value="seconds"),
    ),
    Question(
        text="The same, of a journal that was compacted", unit="s", at_most=0.5,
        answer=Place(bench="search", figure="a rare word, compacted", value="seconds"),
    ),
    Question(
        text="A rare word found in all of a log of 100 MB (1,000,000 lines)", unit="s", at_most=2,
        answer=Place(bench="search", figure="a rare word, 100 MB", value="seconds"),
    ),
    Question(
        text="The same, found by a search over all logs", unit="s",
        answer=Place(bench="search", figure="a rare word, 100 MB, all logs", value="seconds"),
    ),
    Question(
        text="Snapshots longer than 100 ms while searching", at_most=0,
        answer=Place(bench="search", figure="snapshots", value="over_100_ms"),
    ),
    Question(
        text="A chart of a metric with 1,000,000 points", unit="s",
        answer=Place(bench="search", figure="series", value="seconds"),
    ),
    Question(
        text="Start of a no-op run at 300/s offered, p50", unit="ms", at_most=5,
        answer=Place(bench="no_op", figure="start_latency", value="p50_ms"),
        peers=(("Celery", Place(bench="celery", figure="no_op", value="start_p50_ms")),),
    ),
    Question(
        text="Start of a no-op run at 300/s offered, p99", unit="ms", at_most=20,
        answer=Place(bench="no_op", figure="start_latency", value="p99_ms"),
        peers=(("Celery", Place(bench="celery", figure="no_op", value="start_p99_ms")),),
    ),
    Question(
        text="No-op runs from start to stored result", unit="runs/s",
        answer=Place(bench="no_op", figure="throughput", value="runs_per_second"),
        peers=(
            ("Celery tasks", Place(bench="celery", figure="no_op", value="tasks_per_second")),
            ("Prefect tasks", Place(bench="prefect", figure="no_op", value="task_runs_per_second")),
            ("Prefect flows", Place(bench="prefect", figure="no_op", value="flows_per_second")),
        ),
    ),
    Question(
        text="No-op runs that Celery rings for, as a share of bare Celery tasks", at_least=0.6,
        answer=Place(bench="through_celery", figure="through_celery", value="share"),
    ),
    Question(
        text="No-op runs that Celery rings for, to the stored result", unit="runs/s",
        answer=Place(bench="through_celery", figure="through_celery", value="runs_per_second"),
        peers=(("bare Celery", Place(bench="through_celery", figure="through_celery", value="celery_per_second")),),
    ),
    Question(
        text="100 runs at once that wait on I/O: memory of the worker and its children", unit="MB", at_most=300,
        answer=Place(bench="no_op", figure="memory_of_waiting_runs", value="total_mb"),
    ),
    Question(
        text="Runs started over HTTP", unit="runs/s", at_least=700, before="prototype 2,247 without auth and capture; aim 1,500",
        answer=Place(bench="start_runs", figure="start_runs", value="runs_per_second"),
    ),
    Question(
        text="A page of 100 of 100,000 runs, over all filters, p95", unit="ms", at_most=20,
        answer=Place(bench="many", figure="lists", value="p95_ms"),
    ),
    Question(
        text="Whether somebody with 50 grants may do something", unit="us", at_most=20,
        answer=Place(bench="rights", figure="authorise", value="each_us"),
    ),
    Question(
        text="A page of 100 of 100,000 runs for somebody with grants in 50 projects, p50 (SQLite)", unit="ms", at_most=20,
        answer=Place(bench="rights", figure="list, sqlite", value="p50_ms"),
    ),
    Question(
        text="The same on PostgreSQL", unit="ms", at_most=20,
        answer=Place(bench="rights", figure="list, postgresql", value="p50_ms"),
    ),
    Question(
        text="Cancellation of 10,000 queued runs by a filter", unit="s", at_most=2,
        answer=Place(bench="many", figure="bulk cancel", value="seconds"),
    ),
    Question(
        text="Rolling 10,000 children up to their parent, of the CPU of executing them", unit="%", at_most=1,
        answer=Place(bench="family", figure="roll-up", value="share_percent"),
    ),
    Question(
        text="Record to viewer with 100 viewers, p99", unit="ms", at_most=60,
        answer=Place(bench="fanout", figure="record_to_viewer", value="p99_ms"),
    ),
    Question(
        text="A million deliveries to 1,000 viewers", unit="CPU s", at_most=1.7,
        answer=Place(bench="fanout", figure="headway", value="cpu_seconds_a_million"),
        peers=(
            ("websockets.broadcast", Place(bench="fanout", figure="websockets.broadcast", value="cpu_seconds_a_million")),
            ("gathered 50 ms", Place(bench="fanout", figure="websockets.broadcast, each 50 ms", value="cpu_seconds_a_million")),
        ),
    ),
    Question(
        text="The same without what the recording costs the server by itself", unit="CPU s",
        answer=Place(bench="fanout", figure="headway, deliveries alone", value="cpu_seconds_a_million"),
    ),
    Question(
        text="One event of a quiet run at 1,000 viewers, 40,000 events/s recorded beside it, p99", unit="ms", at_most=25,
        answer=Place(bench="ages", figure="one event, beside ingest", value="p99_ms"),
    ),
    Question(
        text="100 events/s at 1,000 viewers, 40,000 events/s recorded beside them, p99", unit="ms", at_most=75,
        answer=Place(bench="ages", figure="busy run, beside ingest", value="p99_ms"),
    ),
    Question(
        text="One event of a quiet run at 10,000 viewers, p99", unit="ms", at_most=130,
        answer=Place(bench="ages", figure="one event, many viewers", value="p99_ms"),
    ),
    Question(
        text="Memory of the server for each of 15,000 viewers at rest", unit="KB", at_most=8,
        answer=Place(bench="resting", figure="resting, websocket", value="kb_a_viewer"),
    ),
    Question(
        text="The same for a stream of events", unit="KB",
        answer=Place(bench="resting", figure="resting, sse", value="kb_a_viewer"),
    ),
    Question(
        text="2,000 viewers never read 1 MB/s: growth of the server", unit="MB", at_most=256,
        answer=Place(bench="stalled", figure="stalled", value="grown_mb"),
    ),
    Question(
        text="The same: p99 of those who read, against alone", unit="×", at_most=1.5,
        answer=Place(bench="stalled", figure="stalled", value="p99_ratio"),
    ),
    Question(
        text="kill -9 of the server under 5,000 viewers: all look on again", unit="s", at_most=15,
        answer=Place(bench="restart", figure="restart", value="all_back_seconds"),
    ),
    Question(
        text="The same: lines lost or doubled", at_most=0,
        answer=Place(bench="restart", figure="restart", value="wrong"),
    ),
    Question(
        text="The same: pages of old lines that the new server read, of one run", at_most=1,
        answer=Place(bench="restart", figure="restart", value="pages_read"),
    ),
    Question(
        text="Into PostgreSQL over 200 live runs, batches of 10", unit="events/s", at_least=80_000,
        answer=Place(bench="ingest", figure="postgresql, batches of 10", value="events_per_second"),
    ),
    Question(
        text="The same, batches of 1", unit="events/s", at_least=15_000,
        answer=Place(bench="ingest", figure="postgresql, batches of 1", value="events_per_second"),
    ),
    Question(
        text="The same: updates of heads that stay in their page (HOT)", unit="%", at_least=95,
        answer=Place(bench="ingest", figure="postgresql, batches of 1", value="hot_percent"),
    ),
    Question(
        text="A query with a kept connection: less than with one of its own", unit="%", at_least=60,
        answer=Place(bench="pools", figure="query", value="saved_percent"),
    ),
    Question(
        text="A run in a warm child: less than with a process of its own", unit="%", at_least=60,
        answer=Place(bench="pools", figure="run", value="saved_percent"),
    ),
    Question(
        text="Record to viewer at another node, 100 viewers, p99", unit="ms", at_most=150,
        answer=Place(bench="nodes", figure="record to viewer at another node", value="p99_ms"),
    ),
    Question(
        text="Requests of all kinds to two nodes, a worker killed meanwhile", unit="requests/s", at_least=1_000,
        answer=Place(bench="mixed", figure="mixed requests", value="requests_per_second"),
    ),
    Question(
        text="The same: time to answer, p90", unit="ms", at_most=50,
        answer=Place(bench="mixed", figure="mixed requests", value="p90_ms"),
    ),
    Question(
        text="The same: errors", unit="%", at_most=0.5,
        answer=Place(bench="mixed", figure="mixed requests", value="errors_percent"),
    ),
    Question(
        text="The same: a read of the database meanwhile, p90", unit="ms", at_most=10,
        answer=Place(bench="mixed", figure="database meanwhile", value="p90_ms"),
    ),
    Question(
        text="The console's reads that are answered without the database, 20 runs at work", unit="%", at_least=80,
        answer=Place(bench="cache", figure="console reads with the cache", value="hits_percent"),
    ),
    Question(
        text="The same: database time a request", unit="ms",
        answer=Place(bench="cache", figure="console reads with the cache", value="database_ms_per_request"),
    ),
    Question(
        text="The same, nothing kept", unit="ms",
        answer=Place(bench="cache", figure="console reads without", value="database_ms_per_request"),
    ),
    Question(
        text="Dead worker to the next attempt, p50", unit="s", at_most=10,
        answer=Place(bench="recovery", figure="killed workers", value="p50_seconds"),
    ),
    Question(
        text="The same, p99", unit="s", at_most=15,
        answer=Place(bench="recovery", figure="killed workers", value="p99_seconds"),
    ),
    Question(
        text="Frozen workers that wake up: stale writes", at_most=0,
        answer=Place(bench="recovery", figure="frozen workers", value="stale_writes"),
    ),
    Question(
        text="Row change to viewer of a live list (50 rows, 20 live) with 100 viewers, p99", unit="ms", at_most=100,
        answer=Place(bench="list", figure="row_to_viewer", value="p99_ms"),
    ),
    Question(
        text="The same: share of a core that the server needs", unit="%",
        answer=Place(bench="list", figure="list_server", value="cpu_percent"),
    ),
    Question(
        text="Report to pixel, nobody else looks on, p99", unit="ms", at_most=60,
        answer=Place(bench="console", figure="report_to_pixel, 0 others", value="p99_ms"),
    ),
    Question(
        text="Report to pixel with 100 viewers, p99", unit="ms", at_most=120,
        answer=Place(bench="console", figure="report_to_pixel, 100 others", value="p99_ms"),
    ),
    Question(
        text="A log of 200,000 lines opens at its end, median", unit="ms", at_most=300,
        answer=Place(bench="console", figure="log of 200,000 lines", value="open_ms"),
    ),
    Question(
        text="Scrolling through a log of 200,000 lines", unit="frames/s", at_least=58,
        answer=Place(bench="console", figure="log of 200,000 lines", value="frames_per_second"),
    ),
    Question(
        text="Memory of the page after ten minutes of 1,000 lines/s, growth", unit="%", at_most=10,
        answer=Place(bench="console", figure="following 1,000 lines/s", value="growth_percent"),
    ),
    Question(
        text="First screen: the list of runs is filled", unit="ms", at_most=1_000,
        answer=Place(bench="console", figure="screens", value="list_filled_ms"),
    ),
    Question(
        text="First screen: a run with its log", unit="ms", at_most=1_000,
        answer=Place(bench="console", figure="screens", value="run_filled_ms"),
    ),
    Question(
        text="Change of page, median", unit="ms", at_most=100,
        answer=Place(bench="console", figure="screens", value="route_change_ms"),
    ),
    Question(
        text="Lighthouse, the list of runs: the least of four", at_least=95,
        answer=Place(bench="console", figure="lighthouse, list", value="least"),
    ),
    Question(
        text="Lighthouse, a run: the least of four", at_least=95,
        answer=Place(bench="console", figure="lighthouse, run", value="least"),
    ),
    Question(
        text="A refused sign-in: between a name that there is and one that there is not, median", unit="ms", at_most=5,
        answer=Place(bench="sign_in", figure="difference", value="median_ms"),
    ),
    Question(
        text="Slowest client command, median", unit="ms", at_most=200,
        answer=Place(bench="startup", figure="slowest", value="median_ms"),
        peers=(("bare Python", Place(bench="startup", figure="python, nothing", value="median_ms")),),
    ),
    Question(
        text="1,000 runs of nothing in a test's installation", unit="s", at_most=5,
        answer=Place(bench="kit", figure="no_op", value="seconds_for_1000"),
    ),
    Question(
        text="ETA after 20 past runs: ends within the 80 % range", unit="%", at_least=75, at_most=85,
        answer=Place(bench="eta", figure="20 past runs", value="held_percent"),
    ),
    Question(
        text="ETA after 20 past runs: median error after 20 % of the run", unit="%", at_most=15,
        answer=Place(bench="eta", figure="20 past runs", value="error_percent"),
    ),
    Question(
        text="ETA of recorded runs: ends within the 80 % range", unit="%", at_least=75, at_most=85,
        answer=Place(bench="eta", figure="recorded", value="held_percent"),
    ),
    Question(
        text="ETA of recorded runs: median error after 20 % of the run", unit="%", at_most=15,
        answer=Place(bench="eta", figure="recorded", value="error_percent"),
    ),
    Question(
        text="Expected start of runs that wait for 4 places: within the 80 % range", unit="%", at_least=70, at_most=90,
        answer=Place(bench="starts", figure="one task, 4 places", value="held_percent"),
    ),
    Question(
        text="40 past runs of 20,000 events drawn: an event loop beside it is held up at most", unit="ms", at_most=20,
        answer=Place(bench="courses", figure="courses drawn", value="loop_held_up_ms"),
    ),
    Question(
        text="Estimates of a page of 100 running runs: an event loop beside it is held up at most", unit="ms", at_most=20,
        answer=Place(bench="courses", figure="estimates of a page", value="loop_held_up_ms"),
    ),
    Question(
        text="Idle server + worker, resident", unit="MB", at_most=200,
        answer=Place(bench="idle", figure="idle", value="server_and_worker_mb"),
    ),
    Question(
        text="The canary's cost: CPU time of a run of it, in all processes", unit="ms",
        answer=Place(bench="canary", figure="canary", value="cpu_ms_per_run"),
    ),
    Question(
        text="A year of samples: 3 hosts, 5 queues, 25 routes, 5 runs at any time", unit="MB",
        answer=Place(bench="year", figure="year_samples", value="mb"),
    ),
    Question(
        text="A year of statistics of 5 tasks", unit="MB", answer=Place(bench="year", figure="year_tallies", value="mb"),
    ),
)  # fmt: skip
