"""Handwritten digits: the 1,797 that scikit-learn ships, half of them to learn from, and three readers that vote.

A digit is an 8 x 8 image with ink from 0 to 16. The readers look at every digit many times, each time a little shifted and
turned, as a person would tilt the paper; the answer is what they see on average.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

Images = np.ndarray[Any, np.dtype[np.float64]]
Labels = np.ndarray[Any, np.dtype[np.int64]]

Moves = tuple[tuple[float, float, float], ...]
"""(right, down, angle) of each position in which a digit is read."""

SHIFTS = (-0.8, -0.4, 0.0, 0.4, 0.8)
ANGLES = (-8.0, -4.0, 0.0, 4.0, 8.0)
THOROUGH: Moves = tuple(itertools.product(SHIFTS, SHIFTS, ANGLES))
QUICK: Moves = tuple((0.0, 0.0, angle) for angle in ANGLES)
THREADS = 1
"""The arrays are small: more threads would mostly wait for each other, and for whatever else this machine does."""
LEARNING_MOVES = ((-0.7, 0.0, 6.0), (0.7, 0.0, -6.0), (0.0, -0.7, -6.0), (0.0, 0.7, 6.0))
"""(right, down, angle) of the variants that the readers learn from, beside the digits as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Images (n, 8, 8) and what is written on them (n)."""

    images: Images
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: a digit for each image, and how sure the readers are together (0 … 1)."""

    digits: Labels
    confidence: np.ndarray[Any, np.dtype[np.float64]]


def load_halves() -> tuple[Digits, Digits]:
    """(to learn from, held out). Every other digit, so that both halves have the same writers and labels."""
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    return Digits(images=images[0::2], labels=labels[0::2]), Digits(images=images[1::2], labels=labels[1::2])


def moved(images: Images, *, right: float, down: float, angle: float) -> Images:
    """The images, each shifted by parts of a pixel and turned about its middle (degrees)."""
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([3.5, 3.5])
    offset = middle - rotation @ (middle + np.array([down, right]))
    whole = np.eye(3)
    whole[1:, 1:] = rotation
    return np.clip(ndimage.affine_transform(images, whole, offset=np.array([0.0, *offset]), order=3), 0.0, 16.0)


class Readers:
    """Three classifiers of different kinds, trained on the same digits."""

    def __init__(self, digits: Digits, *, seed: int) -> None:
        variants = [moved(digits.images, right=right, down=down, angle=angle) for right, down, angle in LEARNING_MOVES]
        images = np.concatenate([digits.images, *variants]).reshape(-1, 64)
        labels = np.tile(digits.labels, len(variants) + 1)
        with threadpool_limits(THREADS):
            self._learn(images, labels, seed)

    def _learn(self, images: Images, labels: Labels, seed: int) -> None:
        self.trees = ExtraTreesClassifier(n_estimators=120, random_state=seed, n_jobs=1).fit(images, labels)
        self.neighbours = KNeighborsClassifier(n_neighbors=5, weights="distance", algorithm="brute", n_jobs=1).fit(images, labels)
        self.network = MLPClassifier((96,), random_state=seed, early_stopping=True, max_iter=200).fit(images / 16.0, labels)

    def read(self, images: Images, positions: Moves = THOROUGH) -> Reading:
        """Read each image in every position, and take the mean of what the three readers see."""
        with threadpool_limits(THREADS):
            return self._read(images, positions)

    def _read(self, images: Images, positions: Moves) -> Reading:
        seen = np.zeros((len(images), 10))
        for right, down, angle in positions:
            flat = moved(images, right=right, down=down, angle=angle).reshape(-1, 64)
            # Far from where it was written a digit says less.
            weight = float(np.exp(-(right**2 + down**2) - (angle / 8.0) ** 2))
            votes = self.trees.predict_proba(flat) + self.neighbours.predict_proba(flat) + self.network.predict_proba(flat / 16.0)
            seen += weight * votes
        seen /= seen.sum(axis=1, keepdims=True)
        return Reading(digits=seen.argmax(axis=1), confidence=seen.max(axis=1))
