"""`headway.secret(name)`: what a run was given."""

from __future__ import annotations

import os

from headway.model.errors import SecretNotGiven
from headway.sdk.context import current


def secret(name: str) -> str:
    """The value of a secret that the task has asked for (``@headway.task(secrets=["OPENAI_KEY"])``).

    Wherever the run says it, it reads ``***``. Called as a plain function, without Headway, the environment variable of this name is
    read instead. Raises `SecretNotGiven`.
    """
    run = current()
    given = run.secrets
    if given is None:
        value = os.environ.get(name)
        if value is None:
            raise SecretNotGiven(
                f"There is no secret {name}: no worker executes this, and no variable of the environment is named so.", name=name
            )
        return value
    if name not in given:
        raise SecretNotGiven(name=name)
    return given[name]
