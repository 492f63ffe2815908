"""`headway tasks [NAME]`: what can be run, and which parameters it takes."""

from __future__ import annotations

import argparse
import json
from typing import Any, cast

from headway.cli.arguments import add_url
from headway.cli.documents import part
from headway.cli.exits import Exit
from headway.cli.formats import format_value
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.parameters import resolve, types_of
from headway.cli.remote import Document, Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.tasks.name"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.name:
        task = remote.task(args.name)
        output.json(task) if output.is_json else _show(task, output)
        return Exit.SUCCEEDED
    tasks = remote.tasks()
    if output.is_json:
        output.json({"items": tasks})
    elif not tasks:
        output.note("tasks.none")
    else:
        _list(tasks, output)
    return Exit.SUCCEEDED


def _list(tasks: list[Document], output: Output) -> None:
    words = output.words
    columns = (
        Column(title=words("tasks.name")),
        Column(title=words("tasks.parameters"), gives_way=True),
        Column(title=words("tasks.about"), gives_way=True),
    )
    rows: list[list[Line]] = []
    for task in tasks:
        schema = part(task, "parameter_schema")
        required = schema.get("required", [])
        names = " ".join(key if key in required else f"[{key}]" for key in schema.get("properties", {}))
        broken = task.get("import_error")
        about = line(words("tasks.broken"), "red") if broken else line(clean(str(task.get("description") or "").split("\n")[0]))
        rows.append([line(clean(task["name"]), "bold"), line(clean(names), "dim"), about])
    for content in draw_table(columns, rows, output.size[0] if output.is_terminal else None):
        output.line(content)


def _show(task: Document, output: Output) -> None:
    words = output.words
    output.line(line(clean(task["name"]), "bold"))
    for text in str(task.get("description") or "").strip().split("\n"):
        if text:
            output.line("  " + clean(text))
    if task.get("import_error"):
        output.line(line(words("tasks.broken"), "red"))
        for text in str(task["import_error"]).rstrip().split("\n"):
            output.line(line("  " + clean(text), "red"))
    parameters = _parameters(part(task, "parameter_schema"), words)
    if parameters:
        output.line(line(words("tasks.parameters"), "dim"))
        columns = tuple(Column(title="", gives_way=at == 3) for at in range(4))
        for content in draw_table(columns, parameters, output.size[0] - 2 if output.is_terminal else None)[1:]:
            output.line((("  ", ""), *content))
    options = {key: value for key, value in part(task, "options").items() if value not in (None, [], False)}
    output.line(line(words("tasks.options"), "dim"))
    for key, value in options.items():
        text = format_value(value, output.language) if not isinstance(value, list) else ", ".join(map(str, cast("list[Any]", value)))
        output.line((("  " + key + "  ", "dim"), (clean(text), "")))
    required: list[str] = part(task, "parameter_schema").get("required", [])
    output.line(line(words("tasks.try"), "dim"))
    output.line("  headway run " + " ".join([clean(task["name"]), *(f"-p {key}=…" for key in required)]))


def _parameters(schema: dict[str, Any], words: Words) -> list[list[Line]]:
    rows: list[list[Line]] = []
    required = schema.get("required", [])
    for key, value in schema.get("properties", {}).items():
        whole = resolve(value, schema)
        kinds = words("parameters.or").join(words(f"type.{kind}") for kind in types_of(whole, schema)) or words("type.any")
        if whole.get("enum"):
            kinds = " | ".join(str(one) for one in whole["enum"])
        default = words("tasks.required") if key in required else ""
        if "default" in value:
            default = f"= {json.dumps(value['default'], ensure_ascii=False)}"
        about = str(value.get("description") or whole.get("description") or "").split("\n", maxsplit=1)[0]
        rows.append([line(clean(key)), line(clean(kinds), "cyan"), line(clean(default), "dim"), line(clean(about))])
    return rows
