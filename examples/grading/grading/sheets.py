"""Answer sheets: a class of students, questions whose answers have one to three digits, and the key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grading.digits import Digits

NAMES = tuple(
    (
        "Ada Ben Chen Dina Emil Fatima Goran Hana Ivo Jia Kofi Lena Mei Nils Olga Pavel Qing Rosa Sami Tara "
        "Umar Vera Wen Xenia Yara Zoe Anton Bao Clara David Elif Finn Grace Hugo Ines Jonas Kira Liang Maja Noah"
    ).split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One student's answers. `answers[q]` are positions of digit images in the held-out half."""

    student: str
    answers: tuple[tuple[int, ...], ...]

    @property
    def images(self) -> list[int]:
        """Positions of all its digit images, in the order of writing."""
        return [image for answer in self.answers for image in answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    key: tuple[int, ...]
    """The right answer to each question."""
    sheets: tuple[Sheet, ...]


def compose(held_out: Digits, *, students: int, questions: int, seed: int) -> Exam:
    """An exam written with the held-out digits. The same arguments give the same exam.

    Each student has a skill: the chance to know an answer. Who does not know it writes another number of as many digits.
    """
    random = np.random.default_rng(seed)
    lengths = random.permutation([1 + question % 3 for question in range(questions)])
    key = tuple(int(random.integers(10 ** (length - 1) if length > 1 else 0, 10**length)) for length in lengths)
    written = {digit: list(random.permutation(np.flatnonzero(held_out.labels == digit))) for digit in range(10)}
    used = dict.fromkeys(range(10), 0)

    def write(number: int) -> tuple[int, ...]:
        """Images of the digits of a number, each from another hand until all have been used."""
        images: list[int] = []
        for digit in map(int, str(number)):
            images.append(int(written[digit][used[digit] % len(written[digit])]))
            used[digit] += 1
        return tuple(images)

    sheets: list[Sheet] = []
    for student in range(students):
        skill = random.uniform(0.4, 0.95)
        answers = [number if random.random() < skill else _another(number, random) for number in key]
        sheets.append(Sheet(student=NAMES[student % len(NAMES)], answers=tuple(write(answer) for answer in answers)))
    return Exam(key=key, sheets=tuple(sheets))


def _another(number: int, random: np.random.Generator) -> int:
    """A number of as many digits that is not this one."""
    low, high = (10 ** (len(str(number)) - 1) if number > 9 else 0), 10 ** len(str(number))
    return int(low + (number - low + random.integers(1, high - low)) % (high - low))
