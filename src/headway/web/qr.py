"""QR codes as pictures: made here, so that a secret goes to no server that draws them, and no page needs a library for it."""

from __future__ import annotations

import segno

QUIET_MODULES = 4
"""The margin that readers need (ISO/IEC 18004): it belongs to the picture, which is dark on light in either theme."""


def draw_qr(text: str) -> str:
    """An SVG element. Its error correction is the one that is usual for what is read from a screen (M, 15 %)."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_inline(border=QUIET_MODULES, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
