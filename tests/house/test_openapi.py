"""The description from which the client's types and calls are generated is that of the routes as they are."""

from __future__ import annotations

from tools.write_openapi import main


def test_the_description_of_rest_is_fresh() -> None:
    assert main(["--check"]) == 0, "run `npm run generate -w @headway/client`, and commit what it writes"
