"""The grading example, with every number computed a second way: from the labels of the data set, by other code."""

from __future__ import annotations

import csv
import io
import logging
import statistics
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score

import headway
from grading.digits import QUICK, THOROUGH, Images, Moves, Readers, Reading, load_halves, moved
from grading.drawing import draw
from grading.marking import Answer, mark, statistics_of, to_csv
from grading.sheets import Exam, compose
from grading.tasks import QUESTIONS, STUDENTS, accuracy, grade, recognise
from headway.testing import installation

SEED = 7
ALL_IMAGES, ALL_LABELS = load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers(load_halves()[0], seed=SEED)


@pytest.fixture(scope="module")
def exam() -> Exam:
    return compose(load_halves()[1], students=STUDENTS["small"], questions=QUESTIONS["small"], seed=SEED)


def written(exam: Exam) -> list[list[int]]:
    """What the students truly wrote: position p of the held-out half is image 2 p + 1 of the data set."""
    return [[int("".join(str(ALL_LABELS[2 * image + 1]) for image in images)) for images in sheet.answers] for sheet in exam.sheets]


def test_the_halves_share_no_digit_and_miss_none() -> None:
    learning, held_out = load_halves()

    assert len(learning.labels) + len(held_out.labels) == 1797 == len(ALL_LABELS)
    assert learning.images.sum() + held_out.images.sum() == ALL_IMAGES.sum()
    assert Counter(learning.labels.tolist()) + Counter(held_out.labels.tolist()) == Counter(ALL_LABELS.tolist())


def test_an_exam_is_written_as_it_says(exam: Exam) -> None:
    assert len(exam.sheets) == 6
    assert sorted({len(str(number)) for number in exam.key}) == [1, 2, 3]
    for sheet, numbers in zip(exam.sheets, written(exam), strict=True):
        assert [len(images) for images in sheet.answers] == [len(str(number)) for number in exam.key]
        assert [len(str(number)) for number in numbers] == [len(str(number)) for number in exam.key]


def test_the_same_seed_gives_the_same_exam(exam: Exam) -> None:
    held_out = load_halves()[1]

    assert compose(held_out, students=6, questions=QUESTIONS["small"], seed=SEED) == exam
    assert compose(held_out, students=6, questions=QUESTIONS["small"], seed=SEED + 1) != exam


def test_moving_a_digit_by_nothing_changes_nothing() -> None:
    images = load_halves()[0].images[:5]

    np.testing.assert_allclose(moved(images, right=0, down=0, angle=0), images, atol=1e-9)
    np.testing.assert_allclose(moved(images, right=1, down=0, angle=0)[:, 2:-2, 2:-2], images[:, 2:-2, 1:-3], atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_marks_and_accuracy_are_what_other_code_computes(readers: Readers, exam: Exam, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    result = grade("small", seed=SEED)

    # The whole class in one array: all digits read at once, compared with the labels of the data set.
    positions = np.concatenate([sheet.images for sheet in exam.sheets])
    reading = readers.read(ALL_IMAGES.reshape(-1, 8, 8)[2 * positions + 1])
    assert result["accuracy"] == pytest.approx(accuracy_score(ALL_LABELS[2 * positions + 1], reading.digits), abs=1e-6)
    assert result["accuracy"] > 0.94
    assert result["digits"] == len(positions)
    # The marks by string comparison: the digits of a sheet in a row against the digits of the key in a row.
    digits = iter("".join(map(str, reading.digits)))
    marks = {}
    for sheet in exam.sheets:
        texts = ["".join(next(digits) for _ in str(number)) for number in exam.key]
        marks[sheet.student] = sum(text.lstrip("0") == str(number).lstrip("0") for text, number in zip(texts, exam.key, strict=True))
    assert result["marks"] == marks
    assert result["mean_marks"] == pytest.approx(statistics.fmean(marks.values()), abs=5e-4)
    assert result["median_marks"] == statistics.median(marks.values())
    assert result["best"] == [name for name, count in marks.items() if count == max(marks.values())]
    # Every doubtful answer has its warning.
    lengths = [len(str(number)) for number in exam.key] * len(exam.sheets)
    least = [part.min() for part in np.split(reading.confidence, np.cumsum(lengths)[:-1])]
    assert result["doubtful_answers"] == sum(np.array(least) < 0.5)
    assert sum(record.levelno == logging.WARNING for record in caplog.records) == result["doubtful_answers"]
    assert result["confidence"] == pytest.approx(np.mean(least), abs=1e-3)


def test_with_perfect_eyes_the_marks_are_those_the_students_deserve(exam: Exam) -> None:
    read = [tuple(Answer(number=number, confidence=1.0) for number in numbers) for numbers in written(exam)]
    marked = [mark(sheet.student, answers, exam.key) for sheet, answers in zip(exam.sheets, read, strict=True)]

    deserved = (np.array(written(exam)) == np.array(exam.key)).sum(axis=1)
    assert [sheet.marks for sheet in marked] == deserved.tolist()
    assert accuracy(exam.sheets, read, load_halves()[1]) == 1.0
    found = statistics_of(exam, marked)
    assert found["mean_marks"] == pytest.approx(deserved.mean(), abs=5e-4)
    assert found["spread"] == pytest.approx(deserved.std(), abs=5e-4)
    hardest = (np.array(written(exam)) == np.array(exam.key)).sum(axis=0).argmin()
    assert found["hardest_question"] == hardest + 1


def test_one_digit_misread_costs_what_it_should(exam: Exam) -> None:
    read = [[Answer(number=number, confidence=1.0) for number in numbers] for numbers in written(exam)]
    last = str(read[0][0].number)
    read[0][0] = Answer(number=int(last[:-1] + str((int(last[-1]) + 1) % 10)), confidence=0.3)

    digits = sum(len(str(number)) for number in exam.key) * len(exam.sheets)
    assert accuracy(exam.sheets, [tuple(answers) for answers in read], load_halves()[1]) == round((digits - 1) / digits, 6)


def test_the_table_of_marks_can_be_read_back(exam: Exam) -> None:
    marked = [mark(sheet.student, [Answer(number=number, confidence=1.0) for number in exam.key], exam.key) for sheet in exam.sheets]

    rows = list(csv.DictReader(io.StringIO(to_csv(marked))))
    assert [row["student"] for row in rows] == [sheet.student for sheet in exam.sheets]
    assert {row["marks"] for row in rows} == {str(QUESTIONS["small"])}
    assert [int(rows[0][f"answer {number}"]) for number in range(1, QUESTIONS["small"] + 1)] == list(exam.key)


def test_a_marked_sheet_is_a_picture_with_ink_in_every_row(exam: Exam) -> None:
    held_out = load_halves()[1]
    sheet = exam.sheets[0]
    marked = mark(sheet.student, [Answer(number=number, confidence=0.4) for number in written(exam)[0]], exam.key)

    page = Image.open(io.BytesIO(draw(sheet, marked, held_out.images[sheet.images], doubt_below=0.5)))
    assert page.format == "PNG"
    pixels = np.asarray(page).astype(int)
    for row in range(len(sheet.answers)):
        strokes = pixels[150 + row * 110 : 150 + (row + 1) * 110, 130:400]
        assert (strokes[:, :, 0] < 120).sum() > 200, f"no ink in row {row + 1}"
        mark_of_row = pixels[150 + row * 110 : 150 + (row + 1) * 110, 840:920].reshape(-1, 3)
        is_green = (mark_of_row == (20, 130, 60)).all(axis=1).any()
        assert is_green == marked.is_right[row]


def test_digits_read_one_sheet_at_a_time_are_read_the_same(readers: Readers, exam: Exam) -> None:
    held_out = load_halves()[1]
    sheet = exam.sheets[0]

    whole = readers.read(held_out.images[sheet.images])
    halves = [readers.read(held_out.images[part]) for part in np.array_split(sheet.images, 2)]
    assert whole.digits.tolist() == np.concatenate([half.digits for half in halves]).tolist()


def test_a_quick_reading_takes_fewer_positions_and_still_reads(readers: Readers, exam: Exam) -> None:
    held_out = load_halves()[1]
    images = np.concatenate([sheet.images for sheet in exam.sheets[:6]])
    quick, labels = readers.read(held_out.images[images], QUICK), held_out.labels[images]
    assert (len(THOROUGH), len(QUICK), set(QUICK) <= set(THOROUGH)) == (125, 5, True)
    assert (quick.digits == labels).mean() > 0.9
    assert not np.allclose(quick.confidence, readers.read(held_out.images[images]).confidence)


def test_an_attempt_goes_on_after_the_last_sheet_that_was_read(readers: Readers, exam: Exam) -> None:
    three = Exam(key=exam.key, sheets=exam.sheets[:3])
    counting = CountingReaders(readers)
    with installation() as hw:

        @headway.task
        def read() -> int:
            return len(recognise(three, counting, load_halves()[1], doubt_below=0.5))  # type: ignore[arg-type]

        run = hw.start(read).run_until(lambda run: run.checkpoint and len(run.checkpoint["read"]) == 2)
        hw.kill_worker()
        assert run.wait().result == 3

        assert [attempt.outcome for attempt in run.attempts] == ["lost", "succeeded"]
    assert counting.read_count == sum(len(sheet.images) for sheet in three.sheets)


class CountingReaders:
    """The readers, counting what they are asked to read."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.read_count = 0

    def read(self, images: Images, positions: Moves) -> Reading:
        self.read_count += len(images)
        return self.readers.read(images, positions)
