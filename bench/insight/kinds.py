"""Tasks that do real work for some seconds, each in a way of its own: what `bench/insight/record.py` records."""

from __future__ import annotations

import bz2
import hashlib
import heapq
import lzma
import random
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import headway
from grading.tasks import grade_class

__all__ = ["compress", "grade_class", "hash_in_threads", "insert", "pipeline", "sort"]
LIBRARY = Path(sysconfig.get_paths()["stdlib"])


def sources(count: int, seed: int) -> list[Path]:
    """Some files of the standard library: most are small, few are large."""
    found = sorted(path for path in LIBRARY.glob("*/*.py") if "site-packages" not in path.parts)
    return random.Random(seed).sample(found, min(count, len(found)))


@headway.task(name="bench.compress")
def compress(files: int, seed: int = 0) -> int:
    """File by file: each takes as long as it is large."""
    return sum(len(lzma.compress(path.read_bytes(), preset=9)) for path in headway.track(sources(files, seed), unit="files"))


@headway.task(name="bench.sort")
def sort(chunks: int, rows: int = 60_000, seed: int = 0) -> int:
    """Sorted chunk by chunk into files, then merged: the last third goes at another pace."""
    chance = random.Random(seed)
    total = chunks * rows * 2
    with tempfile.TemporaryDirectory() as directory:
        files: list[Path] = []
        for number in range(chunks):
            words = sorted(f"{chance.getrandbits(60):018d}" for _ in range(rows))
            files.append(Path(directory) / f"{number}.txt")
            files[-1].write_text("\n".join(words) + "\n")
            headway.progress((number + 1) * rows, total, unit="rows", stage="sort")
        opened = [file.open() for file in files]
        check = 0
        for at, word in enumerate(heapq.merge(*opened)):
            check = zlib.crc32(word.encode(), check)
            if at % 2_000 == 1_999:
                headway.progress(chunks * rows + at + 1, total, stage="merge")
        headway.progress(total, total)
        for file in opened:
            file.close()
    return check


@headway.task(name="bench.insert")
def insert(batches: int, rows: int = 1_500, seed: int = 0) -> int:
    """Rows into SQLite, each batch committed to the disk; an index out of order makes later batches slower."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        store = sqlite3.connect(Path(directory) / "rows.db")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE entries (word TEXT, other TEXT, number INTEGER)")
        store.execute("CREATE INDEX by_word ON entries (word)")
        store.execute("CREATE INDEX by_other ON entries (other, number)")
        for _ in headway.track(range(batches), unit="batches"):
            batch = [(chance.randbytes(12).hex(), chance.randbytes(30).hex(), chance.getrandbits(40)) for _ in range(rows)]
            with store:
                store.executemany("INSERT INTO entries VALUES (?, ?, ?)", batch)
        count = store.execute("SELECT count(*) FROM entries").fetchone()[0]
        store.close()
    return count


@headway.task(name="bench.pipeline")
def pipeline(files: int, seed: int = 0) -> int:
    """Three programs after each other over the same files, in a bar of their own steps: each phase has its pace."""
    paths = sources(files, seed)
    programs = (
        "import sys, ast; ast.parse(open(sys.argv[1], 'rb').read())",
        "import sys, tokenize; print(sum(1 for _ in tokenize.tokenize(open(sys.argv[1], 'rb').readline)))",
        "import sys, hashlib; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())",
    )
    failed = 0
    done = 0
    for program in programs:
        for path in paths:
            failed += (
                subprocess.run([sys.executable, "-I", "-S", "-c", program, str(path)], capture_output=True, check=False).returncode != 0
            )
            done += 1
            headway.progress(done, len(paths) * len(programs), unit="files")
    return failed


@headway.task(name="bench.threads")
def hash_in_threads(pieces: int, seed: int = 0) -> int:
    """Four threads take pieces of very different size: they end in bursts, and the longest may be the last."""
    chance = random.Random(seed)
    sizes = [int(60_000 * chance.lognormvariate(0.0, 0.9)) for _ in range(pieces)]

    def work(size: int) -> int:
        data = chance.randbytes(size)
        for _ in range(6):
            data = hashlib.sha512(data).digest() + bz2.compress(data, 1)[:size]
        return len(data)

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work, size) for size in sizes]
        return sum(future.result() for future in headway.track(as_completed(futures), total=pieces, unit="pieces"))
