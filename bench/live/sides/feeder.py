"""Says events at a steady rate: as lines (`lines RATE`), or one HTTP request each to nginx (`http RATE`). Until it is ended."""

from __future__ import annotations

import http.client
import sys
import time

from bench.live.sides.said import PORT, as_line, wait_until


def main(how: str, rate: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    number, began = 0, time.perf_counter()
    while True:
        number += 1
        if how == "http":
            connection.request("POST", "/pub", as_line(number))
            connection.getresponse().read()
        else:
            print(as_line(number), flush=True)
        wait_until(began + number / rate)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
