"""What is said of trials: a line each, and a table of all, a row a fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chaos.faults.plan import Fault
from chaos.faults.trial import Finding


def line_of(found: Finding) -> str:
    return (
        f"seed {found.seed}: {len(found.felt)} faults, {found.runs} runs, {found.attempts} attempts, {found.acknowledged:,} acknowledged "
        f"numbers, {found.deliveries:,} deliveries, {found.reconnects} reconnects, "
        f"{found.seconds:.0f} s: {f'{len(found.skipped)} faults skipped, ' if found.skipped else ''}{found.violation_count} violations"
    )


def table(findings: Sequence[Finding]) -> str:
    """Recovery is from the moment that the cause was gone to that at which all nodes were ready and reports were acknowledged again."""
    felt = [one for found in findings for one in found.felt]
    width = max(len(fault.value) for fault in Fault)
    rows = [f"{'fault':{width}}  {'count':>5}  recovered after, s: {'p50':>6} {'p99':>6} {'max':>6}"]
    for fault in Fault:
        mine = [one for one in felt if one.fault is fault]
        skipped = [why for found in findings for which, why in found.skipped if which is fault]
        if skipped:
            rows.append(f"{fault.value:{width}}  {0:>5}  skipped {len(skipped)} times: {skipped[0]}")
        if mine:
            seconds = [one.recovered_seconds for one in mine if one.recovered_seconds is not None]
            rows.append(f"{fault.value:{width}}  {len(mine):>5}  {'':>19} {_three(seconds)}")
    again = [seconds for found in findings for seconds in found.begun_again]
    rows.append(f"{'runs of dead workers, begun again':{width}}  {len(again):>5}  {'':>19} {_three(again)}")
    rows += ["", *_answers(findings, width)] if any(found.api_answers for found in findings) else []
    rows.append("")
    for what, count in (
        ("seeds", len(findings)), ("faults", len(felt)), ("runs", sum(found.runs for found in findings)),
        ("acknowledged numbers", sum(found.acknowledged for found in findings)),
        ("deliveries to viewers", sum(found.deliveries for found in findings)),
        ("violations", sum(found.violation_count for found in findings)),
    ):  # fmt: skip
        rows.append(f"{what:{width}}  {count:>9,}")
    wrong = [str(found.seed) for found in findings if found.violations]
    if wrong:
        rows.append(f"seeds with violations: {', '.join(wrong)}")
    return "\n".join(rows)


def _answers(findings: Sequence[Finding], width: int) -> Iterator[str]:
    """How nodes answered while something was away, and until all was well."""
    yield f"{'requests to nodes, during':{width}}  {'count':>5}  answered with 503, after s: {'p50':>6} {'p99':>6} {'max':>6}"
    for fault in Fault:
        mine = [
            answer
            for found in findings
            for felt in found.felt
            if felt.fault is fault
            for answer in found.api_answers
            if felt.began_at <= answer.at <= (felt.well_at or felt.healed_at)
        ]
        if mine:
            busy = sum(answer.status == 503 for answer in mine)
            yield f"{fault.value:{width}}  {len(mine):>5}  {busy:>26}  {_three([answer.seconds for answer in mine], 2)}"
    every = [answer for found in findings for answer in found.api_answers]
    yield f"{'all of them':{width}}  {len(every):>5}  {sum(answer.status == 503 for answer in every):>26}  " + _three(
        [answer.seconds for answer in every], 2
    )


def _three(seconds: Sequence[float], digits: int = 1) -> str:
    return " ".join(f"{'-' if not seconds else f'{at(seconds, share):.{digits}f}':>6}" for share in (0.5, 0.99, 1.0))


def at(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]
