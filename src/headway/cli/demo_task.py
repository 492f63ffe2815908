"""An example that needs nothing but Python: counts the words of the standard library's own source, file by file."""

from __future__ import annotations

import io
import keyword
import sysconfig
import tokenize
from collections import Counter
from pathlib import Path
from typing import Any

import headway


@headway.task(name="count-words")
def count_words(files: int = 300) -> dict[str, Any]:
    """Reads the standard library's source and counts its words: which keyword is used most?

    Args:
        files: How many files to read.
    """
    library = Path(sysconfig.get_paths()["stdlib"])
    with headway.step("find"):
        paths = sorted(path for path in library.glob("*.py"))
        paths += sorted(path for path in library.glob("*/*.py") if "site-packages" not in path.parts and "test" not in path.parts)
        paths = paths[:files]
        headway.log(f"{len(paths)} files under {library}")
    words: Counter[str] = Counter()
    lines = 0
    with headway.step("read"):
        for path in headway.track(paths, name="files", unit="files"):
            found, length = _words_of(path)
            words.update(found)
            lines += length
            headway.metric("lines", lines)
            if length > 2500:
                headway.log(f"{path.relative_to(library)} is long: {length} lines", level="warning")
    with headway.step("report"):
        keywords = [{"keyword": word, "count": words[word]} for word in sorted(keyword.kwlist, key=lambda word: -words[word])[:5]]
        headway.log(f"The keyword used most is {keywords[0]['keyword']!r}")
    return {"files": len(paths), "lines": lines, "words": words.total(), "keywords": keywords}


def _words_of(path: Path) -> tuple[list[str], int]:
    """Names and keywords of a file, and its length in lines; nothing of a file that is not Python."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found: list[str] = []
    try:
        found.extend(token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME)
    except (tokenize.TokenError, SyntaxError) as error:
        headway.log(f"{path.name} is not read to its end: {error}", level="warning")
    return found, text.count("\n")
