"""Waiver files: YAML that says which findings and gaps somebody accepts, why, and until when.

Scalars are read as the text that stands there: `no` is a name, 2026-12-31 a date. Nothing of a file with a mistake is
used, and all mistakes are said at once.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import UNSET, Meta, Struct, UnsetType

from analyzer.errors import UsageError
from analyzer.model.source import Source
from analyzer.model.waiver import Pattern, Selector, Waiver

Text = Annotated[str, Meta(pattern=r"\S")]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
Reads = Mapping[str, Collection[str]]
"""The facts that each rule may ask for, by the rule's id."""


class Glob(Struct, forbid_unknown_fields=True):
    """A name with the wildcards *, ? and [abc]."""

    glob: Text


class Selection(Struct, forbid_unknown_fields=True):
    """What is meant: every part that is given must match, whole and with its case."""

    cluster: Text | Glob | UnsetType = UNSET
    namespace: Text | Glob | UnsetType = UNSET
    kind: Text | Glob | UnsetType = UNSET
    name: Text | Glob | UnsetType = UNSET


class Entry(Struct, forbid_unknown_fields=True):
    """One waiver as its file gives it."""

    rule: Text
    selector: Annotated[Selection, Meta(extra_json_schema={"minProperties": 1})]
    reason: Text
    owner: Text
    expires: Date
    ticket: Text
    fact: Text | UnsetType = UNSET


class Document(Struct, forbid_unknown_fields=True):
    """A waiver file; a bare list of entries is one too."""

    waivers: list[Entry]


class WaiverFileError(UsageError):
    """A waiver file cannot be used: every mistake in it, each with file and line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes = tuple(mistakes)


def json_schema(reads: Reads) -> dict[str, Any]:
    """The JSON Schema of waiver files; rules and facts are those that exist."""
    schema = msgspec.json.schema(Document | list[Entry])
    entry = schema["$defs"]["Entry"]["properties"]
    entry["rule"] = {"enum": sorted(reads)}
    entry["fact"] = {"enum": sorted({fact for facts in reads.values() for fact in facts})}
    entry["expires"]["format"] = "date"
    return schema


def read_waivers(content: bytes, name: str, reads: Reads) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order. Raises WaiverFileError with every mistake, by line."""
    return _Reading(name, reads).waivers(content)


_WANTED = {
    "rule": "the id of a rule",
    "selector": "which objects are meant",
    "reason": "why it is accepted",
    "owner": "who accepts it",
    "expires": "the last day on which it holds, YYYY-MM-DD",
    "ticket": "where it was decided",
}
_KEYS = tuple(field.name for field in msgspec.structs.fields(Entry))
_PARTS = tuple(field.name for field in msgspec.structs.fields(Selection))


class _Reading:
    """One file being read, and its mistakes so far."""

    def __init__(self, name: str, reads: Reads) -> None:
        self.name = name
        self.reads = reads
        self.mistakes: list[tuple[int, str]] = []

    def waivers(self, content: bytes) -> tuple[Waiver, ...]:
        found = [self._waiver(node) for node in self._entries(self._root(content))]
        waivers = tuple(waiver for waiver in found if waiver is not None)
        self._find_duplicates(waivers)
        if self.mistakes:
            raise WaiverFileError([f"{self.name}:{line}: {text}" for line, text in sorted(self.mistakes)])
        return waivers

    def _root(self, content: bytes) -> yaml.Node | None:
        try:
            return yaml.compose(content, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise WaiverFileError([f"{self.name}:{line}: this is not YAML: {error.problem}."]) from error
        except (yaml.YAMLError, RecursionError) as error:
            told = str(error).splitlines()[0]
            raise WaiverFileError([f"{self.name}:1: this is not YAML that can be read: {told}."]) from error

    def _entries(self, root: yaml.Node | None) -> list[yaml.Node]:
        if isinstance(root, yaml.MappingNode):
            root = self._mapping(root, ("waivers",), "a waiver file").get("waivers", root)
        if isinstance(root, yaml.SequenceNode):
            return list(root.value)
        line = _line(root) if root else 1
        self.mistakes.append((line, "a waiver file is a list of waivers, or `waivers:` with such a list below it."))
        return []

    def _waiver(self, node: yaml.Node) -> Waiver | None:
        """The waiver, or None where the entry has a mistake."""
        before = len(self.mistakes)
        given = self._mapping(node, _KEYS, "a waiver")
        if len(self.mistakes) > before and not given:
            return None
        for key in _WANTED.keys() - given.keys():
            self._mistake(node, f"`{key}` is missing: {_WANTED[key]}.")
        words = {key: self._text(value, key) for key, value in given.items() if key != "selector"}
        selector = self._selector(given["selector"]) if "selector" in given else Selector()
        self._check(words, given)
        if len(self.mistakes) > before:
            return None
        waiver = Waiver(id="", selector=selector, line=_line(node), **words)
        return msgspec.structs.replace(waiver, id=_id_of(waiver))

    def _check(self, words: Mapping[str, str], given: Mapping[str, yaml.Node]) -> None:
        """What is more than the form of the words. Empty ones are told already."""
        rule, fact, expires = (words.get(key, "") for key in ("rule", "fact", "expires"))
        if rule and rule not in self.reads:
            self._mistake(given["rule"], f"there is no rule {rule!r}{_nearest(rule, self.reads)}")
        elif fact and rule and fact not in self.reads[rule]:
            known = f"{rule} does not ask for it" if fact in set(Source) else "there is no such fact"
            self._mistake(given["fact"], f"`fact` is {fact!r}: {known}; it reads {', '.join(self.reads[rule])}.")
        if expires and not _is_day(expires):
            self._mistake(given["expires"], f"`expires` is {expires!r}: give a day that exists, as YYYY-MM-DD.")

    def _selector(self, node: yaml.Node) -> Selector:
        before = len(self.mistakes)
        given = self._mapping(node, _PARTS, "a selector")
        if not given and len(self.mistakes) == before:
            self._mistake(node, f"`selector` is empty: give one of {', '.join(_PARTS)} at least.")
        return Selector(**{part: self._pattern(value, part) for part, value in given.items()})

    def _pattern(self, node: yaml.Node, part: str) -> Pattern:
        if not isinstance(node, yaml.MappingNode):
            return Pattern(self._text(node, part))
        before = len(self.mistakes)
        given = self._mapping(node, ("glob",), f"`{part}`")
        if "glob" in given:
            return Pattern(self._text(given["glob"], "glob"), is_glob=True)
        if len(self.mistakes) == before:
            self._mistake(node, f"`{part}` is empty: give a name, or glob: with a pattern.")
        return Pattern("")

    def _mapping(self, node: yaml.Node, keys: Sequence[str], what: str) -> dict[str, yaml.Node]:
        """The values by key; none of a node that is no mapping."""
        if not isinstance(node, yaml.MappingNode):
            self._mistake(node, f"{what} is {_shape(node)}: give a mapping with {', '.join(keys)}.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            word = key.value if isinstance(key, yaml.ScalarNode) else _shape(key)
            if word in found:
                self._mistake(key, f"{what} has `{word}` twice.")
            elif word not in keys:
                self._mistake(key, f"{what} has no key {word!r}{_nearest(word, keys)}")
            else:
                found[word] = value
        return found

    def _text(self, node: yaml.Node, key: str) -> str:
        """The words that stand there, whatever they look like to YAML; on one line."""
        if not isinstance(node, yaml.ScalarNode):
            self._mistake(node, f"`{key}` is {_shape(node)}: give one word or sentence.")
            return ""
        text = " ".join(node.value.split())
        if not text or node.tag == "tag:yaml.org,2002:null":
            self._mistake(node, f"`{key}` is empty: {_WANTED.get(key, 'give it, or leave the key out')}.")
            return ""
        return text

    def _find_duplicates(self, waivers: Sequence[Waiver]) -> None:
        first: dict[tuple[str, str, Selector], Waiver] = {}
        for waiver in waivers:
            same = first.setdefault((waiver.rule, waiver.fact, waiver.selector), waiver)
            if same is not waiver:
                told = f"this waives the same as the entry of line {same.line}: keep one of the two."
                self.mistakes.append((waiver.line, told))

    def _mistake(self, node: yaml.Node, text: str) -> None:
        self.mistakes.append((_line(node), text))


def _id_of(waiver: Waiver) -> str:
    identity = msgspec.json.encode(msgspec.structs.replace(waiver, id="", line=0))
    return hashlib.sha256(identity).hexdigest()[:12]


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def _shape(node: yaml.Node) -> str:
    match node:
        case yaml.SequenceNode():
            return "a list"
        case yaml.MappingNode():
            return "a mapping"
        case _:
            return "plain text" if node.value else "empty"


def _nearest(word: str, known: Collection[str]) -> str:
    """The end of a sentence about an unknown word: what somebody may have meant."""
    near = get_close_matches(word.upper() if word.upper() in known else word, list(known), n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else "."
