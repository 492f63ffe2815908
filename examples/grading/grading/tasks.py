"""The tasks: one class (load, recognise, score, report), and a school, with one child run per class."""

from __future__ import annotations

import functools
import statistics
from typing import Annotated, Any, Literal

import numpy as np

import headway
from grading.digits import QUICK, THOROUGH, Digits, Moves, Readers, load_halves
from grading.drawing import draw
from grading.marking import Answer, MarkedSheet, mark, statistics_of, to_answers, to_csv
from grading.sheets import Exam, Sheet, compose

STUDENTS = {"small": 6, "full": 36}
QUESTIONS = {"small": 6, "full": 12}
POSITIONS = {"thorough": THOROUGH, "quick": QUICK}
READERS_SEED = 7
"""One for all classes of a school, so that each process learns once."""


@headway.task(tags=["example"])
def grade(size: Literal["small", "full"] = "full", doubt_below: float = 0.5, seed: int = 7) -> dict[str, Any]:
    """Grade a class's answer sheets: handwritten numbers are read by machine and held against the key.

    An interrupted run goes on after the last sheet that was read.

    Args:
        size: How large the class is: `full` takes about a minute, `small` ten seconds.
        doubt_below: An answer that is read with less confidence gets a warning, for a person to look at.
        seed: Chooses the exam: the key, the students' answers and whose handwriting they have.
    """
    return grade_exam(STUDENTS[size], QUESTIONS[size], doubt_below, seed=seed, readers_seed=seed)


@headway.task(tags=["example"], resumable=True)
def grade_class(
    name: str,
    students: int = 6,
    questions: int = 6,
    doubt_below: float = 0.5,
    seed: int = 7,
    reading: Literal["thorough", "quick"] = "thorough",
) -> dict[str, Any]:
    """Grade one class of a school; what a child run of `grade_school` does.

    Args:
        name: What the class is called.
        students: How many there are.
        questions: Of the exam.
        doubt_below: An answer that is read with less confidence gets a warning.
        seed: Chooses the exam; each class has one of its own.
        reading: Each digit in 125 positions, or in 5: less sure, and much quicker.
    """
    graded = grade_exam(students, questions, doubt_below, seed=seed, readers_seed=READERS_SEED, positions=POSITIONS[reading])
    return {"class": name, **graded}


@headway.task(tags=["example"], resumable=True)
def grade_school(
    classes: Annotated[int, headway.Field(minimum=1, maximum=1000)] = 40,
    at_once: Annotated[int, headway.Field(minimum=1, maximum=100)] = 4,
    students: int = 6,
    seed: int = 7,
    reading: Literal["thorough", "quick"] = "thorough",
) -> dict[str, Any]:
    """Grade many classes, with one child run per class.

    Pause, resume or cancel this run, and its classes follow. An interrupted run finds the classes that were graded, and grades none of
    them twice.

    Args:
        classes: How many there are.
        at_once: How many of them are graded at the same time.
        students: In each class.
        seed: Chooses the exams.
        reading: Each digit in 125 positions, or in 5: less sure, and much quicker.
    """
    wishes = [{"name": name_of(number), "students": students, "seed": seed + number, "reading": reading} for number in range(classes)]
    graded = headway.map(grade_class, wishes, cap=at_once, name=lambda wish: f"class {wish['name']}")
    means: dict[str, float] = {}
    failed: list[str] = []
    for wish, end in zip(wishes, graded.ends(), strict=True):
        if end["state"] == "succeeded":
            means[wish["name"]] = end["result"]["mean_marks"]
            headway.metric("mean_marks", means[wish["name"]])
        else:
            failed.append(wish["name"])
            headway.log.warning(f"class {wish['name']} was not graded: it is {end['state']}", name=wish["name"])
    mean = round(statistics.fmean(means.values()), 4) if means else None
    return {"classes": len(means), "failed": failed, "mean_marks": mean, "means": means}


def name_of(number: int) -> str:
    """``5a``, ``5b`` … ``5h``, ``6a``: eight classes a year."""
    return f"{5 + number // 8}{'abcdefgh'[number % 8]}"


@functools.lru_cache(maxsize=2)
def learned(seed: int) -> Readers:
    """Learning takes longer than the sheets of a class: a process that grades many classes learns once."""
    return Readers(load_halves()[0], seed=seed)


def grade_exam(
    students: int, questions: int, doubt_below: float, *, seed: int, readers_seed: int, positions: Moves = THOROUGH
) -> dict[str, Any]:
    with headway.step("load"):
        learning, held_out = load_halves()
        exam = compose(held_out, students=students, questions=questions, seed=seed)
        headway.log(f"{len(exam.sheets)} sheets with {len(exam.key)} answers each; learning from {len(learning.labels)} digits")
        readers = learned(readers_seed)
    with headway.step("recognise"):
        read = recognise(exam, readers, held_out, doubt_below=doubt_below, positions=positions)
    with headway.step("score"):
        marked = score(exam, read, held_out, doubt_below=doubt_below)
    with headway.step("report"):
        return report(exam, read, marked, held_out, doubt_below=doubt_below)


def recognise(
    exam: Exam, readers: Readers, held_out: Digits, *, doubt_below: float, positions: Moves = THOROUGH
) -> list[tuple[Answer, ...]]:
    """Read sheet after sheet; each is a checkpoint, and an attempt begins with what an earlier one has read."""
    known: list[list[tuple[int, float]]] = (headway.current_run().checkpoint or {}).get("read", [])
    read = [tuple(Answer(number=number, confidence=confidence) for number, confidence in sheet) for sheet in known]
    if read:
        headway.log(f"{len(read)} sheets were read by an earlier attempt; going on with sheet {len(read) + 1}")
    headway.progress(len(read), len(exam.sheets), unit="sheets", stage="recognise")
    for number in range(len(read), len(exam.sheets)):
        sheet = exam.sheets[number]
        headway.status(f"Reading the sheet of {sheet.student}", stage="recognise")
        reading = readers.read(held_out.images[sheet.images], positions)
        answers = to_answers(sheet, reading)
        warn_of_doubt(sheet, answers, doubt_below)
        read.append(answers)
        headway.metric("accuracy", accuracy(exam.sheets[: len(read)], read, held_out))
        headway.metric("confidence", float(reading.confidence.mean()))
        headway.log(
            f"read the sheet of {sheet.student}", digits=len(sheet.images), least_confidence=round(float(reading.confidence.min()), 3)
        )
        headway.progress(len(read), len(exam.sheets))
        headway.checkpoint({"read": [[(answer.number, answer.confidence) for answer in answers] for answers in read]})
    return read


def warn_of_doubt(sheet: Sheet, answers: tuple[Answer, ...], doubt_below: float) -> None:
    for question, answer in enumerate(answers, 1):
        if answer.confidence < doubt_below:
            headway.log.warning(
                f"{sheet.student}, question {question}: read as {answer.number}, but only with {answer.confidence:.0%} confidence",
                student=sheet.student, question=question, number=answer.number, confidence=answer.confidence,
            )  # fmt: skip


def accuracy(sheets: tuple[Sheet, ...], read: list[tuple[Answer, ...]], held_out: Digits) -> float:
    """Share of digits that were read as what they are."""
    right = total = 0
    for sheet, answers in zip(sheets, read, strict=True):
        for images, answer in zip(sheet.answers, answers, strict=True):
            digits = str(answer.number).zfill(len(images))
            right += sum(int(digit) == held_out.labels[image] for digit, image in zip(digits, images, strict=True))
            total += len(images)
    return round(int(right) / total, 6)


def score(exam: Exam, read: list[tuple[Answer, ...]], held_out: Digits, *, doubt_below: float) -> list[MarkedSheet]:
    """Mark every sheet, and draw it with the marks on."""
    headway.status("Marking and drawing the sheets", stage="score")
    marked: list[MarkedSheet] = []
    # What this loop gathers is in memory only: an attempt that goes on must mark all sheets again, which takes a moment.
    pairs = list(zip(exam.sheets, read, strict=True))
    for sheet, answers in headway.track(pairs, unit="sheets", name="marking", checkpoint=False):
        marked.append(mark(sheet.student, answers, exam.key))
        picture = draw(sheet, marked[-1], held_out.images[sheet.images], doubt_below=doubt_below)
        headway.artifact(picture, name=f"{len(marked):02d} {sheet.student}.png", media_type="image/png")
    return marked


def report(
    exam: Exam, read: list[tuple[Answer, ...]], marked: list[MarkedSheet], held_out: Digits, *, doubt_below: float
) -> dict[str, Any]:
    headway.artifact(to_csv(marked).encode(), name="marks.csv", media_type="text/csv")
    confidence = [answer.confidence for answers in read for answer in answers]
    result = {
        **statistics_of(exam, marked),
        "digits": int(np.sum([len(sheet.images) for sheet in exam.sheets])),
        "accuracy": accuracy(exam.sheets, read, held_out),
        "confidence": round(statistics.fmean(confidence), 4),
        "doubtful_answers": sum(value < doubt_below for value in confidence),
    }
    headway.status(f"{result['students']} sheets graded; mean {result['mean_marks']} of {result['questions']}", stage="report")
    return result
