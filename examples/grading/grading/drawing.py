"""A marked sheet as a picture: the student's own digits, what was read, and the red pen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from grading.digits import Images
from grading.marking import MarkedSheet
from grading.sheets import Sheet

WIDTH, MARGIN, ROW, HEAD = 1000, 60, 110, 150
DIGIT = 84
RED, GREEN, GREY, INK, PAPER = (200, 30, 30), (20, 130, 60), (130, 130, 130), (25, 35, 90), (252, 251, 246)


def draw(sheet: Sheet, marked: MarkedSheet, images: Images, *, doubt_below: float) -> bytes:
    """The marked sheet as PNG. `images` are those of the sheet, in the order of writing."""
    page = Image.new("RGB", (WIDTH, HEAD + ROW * len(sheet.answers) + MARGIN), PAPER)
    pen = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(44), ImageFont.load_default(22)
    pen.text((MARGIN, 50), sheet.student, fill=INK, font=large)
    pen.text((WIDTH - MARGIN, 50), f"{marked.marks} / {len(marked.answers)}", fill=RED, font=large, anchor="ra")
    image = iter(images)
    for number, (written, answer, is_right) in enumerate(zip(sheet.answers, marked.answers, marked.is_right, strict=True)):
        top = HEAD + ROW * number
        pen.line((MARGIN, top + ROW - 8, WIDTH - MARGIN, top + ROW - 8), fill=(225, 222, 212), width=2)
        pen.text((MARGIN, top + 36), f"{number + 1}.", fill=GREY, font=small)
        for place in range(len(written)):
            stroke = _enlarged(next(image))
            page.paste(INK, (MARGIN + 70 + place * (DIGIT - 14), top + 4), stroke)
        doubt = "  ?" if answer.confidence < doubt_below else ""
        pen.text((500, top + 36), f"read as {answer.number}  ({answer.confidence:.0%}){doubt}", fill=RED if doubt else GREY, font=small)
        _tick(pen, top) if is_right else _cross(pen, top)
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()


def _enlarged(image: Images) -> Image.Image:
    """An 8 x 8 image as a smooth stroke, to be used as a mask."""
    ink = Image.fromarray(np.clip(image * 15.9, 0, 255).astype(np.uint8))
    return ink.resize((DIGIT, DIGIT), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.2))


def _tick(pen: ImageDraw.ImageDraw, top: int) -> None:
    pen.line([(845, top + 55), (865, top + 78), (910, top + 25)], fill=GREEN, width=8, joint="curve")


def _cross(pen: ImageDraw.ImageDraw, top: int) -> None:
    pen.line([(850, top + 28), (905, top + 78)], fill=RED, width=8)
    pen.line([(905, top + 28), (850, top + 78)], fill=RED, width=8)
