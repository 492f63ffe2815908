"""The nouns of one connection, as an act and a query see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from headway.store.contract import News
from headway.store.sql.accounts import SqlAccounts
from headway.store.sql.api_keys import SqlApiKeys
from headway.store.sql.approvals import SqlApprovals
from headway.store.sql.audit import SqlAudit
from headway.store.sql.details import SqlDetails
from headway.store.sql.devices import SqlDevices
from headway.store.sql.journal import SqlJournal
from headway.store.sql.leases import SqlLeases
from headway.store.sql.link import Link
from headway.store.sql.meta import SqlMeta
from headway.store.sql.presets import SqlPresets
from headway.store.sql.queues import SqlQueues
from headway.store.sql.revocations import SqlRevocations
from headway.store.sql.rollups import SqlRollups
from headway.store.sql.runs import SqlRuns
from headway.store.sql.samples import SqlSamples
from headway.store.sql.second_factors import SqlSecondFactors, SqlVouchers
from headway.store.sql.secrets import SqlSecrets
from headway.store.sql.sessions import SqlSessions
from headway.store.sql.share_links import SqlShareLinks
from headway.store.sql.sign_ins import SqlPasswordLinks, SqlStrangers
from headway.store.sql.signing_keys import SqlSigningKeys
from headway.store.sql.slots import SqlSlots
from headway.store.sql.tasks import SqlTasks
from headway.store.sql.totals import SqlStatements
from headway.store.sql.workers import SqlWorkers


class SqlSnapshot:
    """Made once a connection, and used by one query after the other."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.runs = SqlRuns(link, is_writing=False)
        self.journal = SqlJournal(link, is_writing=False)
        self.details = SqlDetails(link)
        self.tasks = SqlTasks(link)
        self.presets = SqlPresets(link)
        self.approvals = SqlApprovals(link)
        self.slots = SqlSlots(link)
        self.queues = SqlQueues(link)
        self.workers = SqlWorkers(link)
        self.leases = SqlLeases(link, is_writing=False)
        self.sessions = SqlSessions(link)
        self.revocations = SqlRevocations(link)
        self.signing_keys = SqlSigningKeys(link)
        self.api_keys = SqlApiKeys(link)
        self.share_links = SqlShareLinks(link)
        self.devices = SqlDevices(link)
        self.accounts = SqlAccounts(link)
        self.password_links = SqlPasswordLinks(link)
        self.strangers = SqlStrangers(link)
        self.second_factors = SqlSecondFactors(link)
        self.vouchers = SqlVouchers(link)
        self.samples = SqlSamples(link)
        self.meta = SqlMeta(link)
        self.audit = SqlAudit(link)
        self.secrets = SqlSecrets(link)
        self.rollups = SqlRollups(link)
        self.statements = SqlStatements(link)

    @property
    def now(self) -> datetime:
        return self.link.now


class SqlTransaction:
    """Made once a connection, and used by one act after the other; the news are gathered act by act."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.runs = SqlRuns(link, is_writing=True)
        self.journal = SqlJournal(link, is_writing=True)
        self.details = SqlDetails(link)
        self.tasks = SqlTasks(link)
        self.presets = SqlPresets(link)
        self.approvals = SqlApprovals(link)
        self.slots = SqlSlots(link)
        self.queues = SqlQueues(link)
        self.workers = SqlWorkers(link)
        self.leases = SqlLeases(link, is_writing=True)
        self.sessions = SqlSessions(link)
        self.revocations = SqlRevocations(link)
        self.signing_keys = SqlSigningKeys(link)
        self.api_keys = SqlApiKeys(link)
        self.share_links = SqlShareLinks(link)
        self.devices = SqlDevices(link)
        self.accounts = SqlAccounts(link)
        self.password_links = SqlPasswordLinks(link)
        self.strangers = SqlStrangers(link)
        self.second_factors = SqlSecondFactors(link)
        self.vouchers = SqlVouchers(link)
        self.samples = SqlSamples(link)
        self.meta = SqlMeta(link)
        self.audit = SqlAudit(link)
        self.secrets = SqlSecrets(link)
        self.rollups = SqlRollups(link)
        self._news: list[News] = []

    @property
    def now(self) -> datetime:
        return self.link.now

    def announce(self, *news: News) -> None:
        self._news += news

    @property
    def said_count(self) -> int:
        return len(self._news)

    def unsay(self, said_count: int) -> None:
        """Forget what was said after that many: its act has raised."""
        del self._news[said_count:]

    def take_news(self) -> Sequence[News]:
        """What has been said since the last call."""
        news, self._news = self._news, []
        return news
