"""The command lines of the program in the files that teams copy, and whether the program would take them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from analyzer.cli.entry import app

ROOT = Path(__file__).parents[2]
PROGRAM = "aks-preflight"
SCRIPT_KEYS = ("run", "script", "inlineScript")
_KEYWORDS = frozenset({"if", "then", "else", "do", "while", "until", "!"})
_PUNCTUATION = frozenset("();<>|&")
_EXPRESSION = re.compile(r"\$\{\{\s*[\w.]*?(\w+)\s*\}\}|\$\{?(\w+)\}?")

Words = tuple[str, ...]


def lines_of(path: Path) -> list[Words]:
    """The arguments of each call of the program in a file, by its kind."""
    text = path.read_text()
    match path.suffix:
        case ".sh":
            return list(_calls(text))
        case ".md":
            return [words for block in code_blocks(text) for words in _calls(block)]
        case ".yaml":
            return [words for document in yaml.safe_load_all(text) for words in _in_document(document)]
        case other:
            raise AssertionError(f"{path}: what are the command lines of {other} files?")


def scripts_of(document: Any) -> Iterator[str]:
    """The shell scripts in a workflow or pipeline."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in SCRIPT_KEYS and isinstance(value, str):
                yield value
            yield from scripts_of(value)
    elif isinstance(document, list):
        for item in document:
            yield from scripts_of(item)


def containers_of(document: Any) -> Iterator[dict[str, Any]]:
    """The containers of a manifest or job."""
    if isinstance(document, dict):
        yield from document.get("containers", ())
        for value in document.values():
            yield from containers_of(value)


def code_blocks(markdown: str) -> list[str]:
    """The shell blocks of a page, fenced or indented."""
    fenced = re.findall(r"^```sh\n(.*?)^```", markdown, flags=re.DOTALL | re.MULTILINE)
    return [*fenced, *re.findall(r"^ {4}(aks-preflight .*)$", markdown, flags=re.MULTILINE)]


def variables_of(document: Any) -> Iterator[str]:
    """The names of the program's own variables that a document sets."""
    if isinstance(document, dict):
        names = (str(key) for key in document)
        yield from (name for name in names if name.startswith("AKS_PREFLIGHT_"))
        yield from (name for name in (str(document.get("name")),) if name.startswith("AKS_PREFLIGHT_"))
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from variables_of(item)


class RefusedError(Exception):
    """The program would end with a usage error."""


def parsed(words: Words) -> dict[str, Any]:
    """What the program makes of a line, by parameter; nothing runs. Raises RefusedError."""
    command: Any = get_command(app)
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        verb = rest.pop(0)
        if verb not in command.commands:
            raise RefusedError(f"{' '.join(words)}: there is no verb {verb}")
        command = command.commands[verb]
    try:
        with command.make_context(PROGRAM, rest) as context:
            return dict(context.params)
    except typer.Exit:
        return {}  # --help and --version, which end there
    except TyperException as error:
        raise RefusedError(f"{' '.join(words)}: {error}") from error


def variables_known() -> frozenset[str]:
    """The variables that options of any verb read."""
    return frozenset(_variables(get_command(app)))


def _variables(command: Any) -> Iterator[str]:
    for parameter in command.params:
        given = parameter.envvar or ()
        yield from (given,) if isinstance(given, str) else given
    if isinstance(command, TyperGroup):
        for verb in command.commands.values():
            yield from _variables(verb)


def _in_document(document: Any) -> Iterator[Words]:
    for container in containers_of(document):
        yield tuple(container["args"])
    for script in scripts_of(document):
        yield from _calls(script)


def _calls(script: str) -> Iterator[Words]:
    for line in script.replace("\\\n", " ").splitlines():
        if PROGRAM in line:
            for command in _commands(_EXPRESSION.sub(lambda found: found[1] or found[2], line)):
                yield from _call(command)


def _commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a line, without redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    words = iter(lexer)
    for word in words:
        if not _PUNCTUATION.issuperset(word):
            command.append(word)
        elif "<" in word or ">" in word:
            next(words)
        else:
            yield command
            command = []
    yield command


def _call(command: list[str]) -> Iterator[Words]:
    rest = list(command)
    while rest and (rest[0] in _KEYWORDS or re.fullmatch(r"\w+=.*", rest[0])):
        rest.pop(0)
    if rest and Path(rest[0]).name == PROGRAM:
        yield tuple(rest[1:])
