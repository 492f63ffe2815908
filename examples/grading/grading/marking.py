"""From what was read to marks."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from grading.digits import Reading
from grading.sheets import Exam, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a student is taken to have answered, and how sure that is (of its least clear digit)."""

    number: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedSheet:
    student: str
    answers: tuple[Answer, ...]
    is_right: tuple[bool, ...]

    @property
    def marks(self) -> int:
        return sum(self.is_right)


def to_answers(sheet: Sheet, reading: Reading) -> tuple[Answer, ...]:
    """Put the digits that were read together to numbers."""
    answers: list[Answer] = []
    at = 0
    for images in sheet.answers:
        digits = reading.digits[at : at + len(images)]
        confidence = float(reading.confidence[at : at + len(images)].min())
        answers.append(Answer(number=int("".join(str(digit) for digit in digits)), confidence=round(confidence, 4)))
        at += len(images)
    return tuple(answers)


def mark(student: str, answers: Sequence[Answer], key: Sequence[int]) -> MarkedSheet:
    """One mark for each right answer."""
    is_right = tuple(answer.number == right for answer, right in zip(answers, key, strict=True))
    return MarkedSheet(student=student, answers=tuple(answers), is_right=is_right)


def to_csv(marked: Sequence[MarkedSheet]) -> str:
    """A row for each student: the marks, then each answer as it was read."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "marks", *[f"answer {number}" for number in range(1, len(marked[0].answers) + 1)]])
    for sheet in marked:
        rows.writerow([sheet.student, sheet.marks, *[answer.number for answer in sheet.answers]])
    return text.getvalue()


def statistics_of(exam: Exam, marked: Sequence[MarkedSheet]) -> dict[str, object]:
    """What a teacher asks first."""
    marks = [sheet.marks for sheet in marked]
    solved = [sum(sheet.is_right[question] for sheet in marked) for question in range(len(exam.key))]
    best = max(marks)
    return {
        "students": len(marked),
        "questions": len(exam.key),
        "mean_marks": round(statistics.fmean(marks), 3),
        "median_marks": statistics.median(marks),
        "spread": round(statistics.pstdev(marks), 3),
        "best": [sheet.student for sheet in marked if sheet.marks == best],
        "hardest_question": 1 + min(range(len(solved)), key=lambda question: solved[question]),
        "marks": {sheet.student: sheet.marks for sheet in marked},
    }
