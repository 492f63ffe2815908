"""QR codes as pictures: made here, so that a secret goes to no server that draws them, and no page needs a library for it."""

from __future__ import annotations

import io

import segno

QUIET_MODULES = 4
"""The margin that readers need (ISO/IEC 18004): it belongs to the picture, which is dark on light in either theme."""


def draw_qr(text: str) -> str:
    """An SVG document without a declaration, which is an image by itself. Its error correction is the one that is usual for what is read
    from a screen (M, 15 %)."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    # The namespace makes it an image where it stands in an address (`data:`).
    code.save(
        out, kind="svg", border=QUIET_MODULES, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True, svgclass=None,
        lineclass=None, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()
