"""Waiver files: what they mean, and every mistake in one, with its line."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from analyzer.model.waiver import Pattern, Selector, Waiver
from analyzer.store.waiver_file import WaiverFileError, json_schema, read_waivers

READS = {"REI-PDB": ("pod_disruption_budgets", "pods"), "OVL-NSG": ("network_security_groups",)}
WHOLE = """\
waivers:
- rule: REI-PDB
  selector:
    cluster: no
    namespace: {glob: "ci-*"}
    kind: PodDisruptionBudget
    name: 0755
  reason: >
    Nobody reads
    these logs.
  owner: Ada
  expires: 2026-12-31
  ticket: 4711

# a gap
- {rule: OVL-NSG, fact: network_security_groups, selector: {cluster: shop}, reason: Later, owner: Ada, expires: '2026-12-31', ticket: CHG-2}
"""


def read(text: str) -> tuple[Waiver, ...]:
    return read_waivers(text.encode(), "waivers.yaml", READS)


def mistakes(text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(WaiverFileError) as caught:
        read_waivers(content, "waivers.yaml", READS)
    assert caught.value.exit_code == 2
    return list(caught.value.mistakes)


def test_a_file_is_read_as_the_text_that_stands_there() -> None:
    first, second = read(WHOLE)
    assert replace(first, id="") == Waiver(
        id="",
        rule="REI-PDB",
        selector=Selector(
            cluster=Pattern("no"),
            namespace=Pattern("ci-*", is_glob=True),
            kind=Pattern("PodDisruptionBudget"),
            name=Pattern("0755"),
        ),
        reason="Nobody reads these logs.",
        owner="Ada",
        expires="2026-12-31",
        ticket="4711",
        line=2,
    )
    assert replace(second, id="") == Waiver(
        id="",
        rule="OVL-NSG",
        fact="network_security_groups",
        selector=Selector(cluster=Pattern("shop")),
        reason="Later",
        owner="Ada",
        expires="2026-12-31",
        ticket="CHG-2",
        line=16,
    )


def test_a_bare_list_is_a_file_too_and_where_an_entry_stands_does_not_change_its_id() -> None:
    bare = WHOLE.removeprefix("waivers:\n")
    assert [(item.id, item.line) for item in read(bare)] == [(item.id, item.line - 1) for item in read(WHOLE)]


def test_any_other_word_is_another_id() -> None:
    changed = WHOLE.replace("Ada", "Bob", 1).replace("CHG-2", "CHG-3")
    ids = {item.id for text in (WHOLE, changed) for item in read(text)}
    assert [len(name) for name in ids] == [12, 12, 12, 12]


def test_a_file_may_waive_nothing_if_it_says_so() -> None:
    assert read("waivers: []") == read("[]") == ()


ENTRY = """\
- rule: REI-PDB
  selector: {name: ledger}
  reason: Seen
  owner: Ada
  expires: 2026-12-31
  ticket: CHG-1
"""
LINES = ENTRY.splitlines()


def entry(line: int, text: str) -> str:
    """The entry with another line."""
    return "\n".join([*LINES[: line - 1], text, *LINES[line:]]) + "\n"


MISTAKES: list[tuple[str, list[str]]] = [
    (entry(1, "- rule: REI-PDBS"), ["1: there is no rule 'REI-PDBS': did you mean REI-PDB?"]),
    (entry(1, "- rule: rei-pdb"), ["1: there is no rule 'rei-pdb': did you mean REI-PDB?"]),
    (entry(1, "- rule: XXL"), ["1: there is no rule 'XXL'."]),
    (entry(1, "- rule:"), ["1: `rule` is empty: the id of a rule."]),
    (entry(1, "- rule: [REI-PDB]"), ["1: `rule` is a list: give one word or sentence."]),
    (entry(2, "  selectr: {name: ledger}"), [
        "1: `selector` is missing: which objects are meant.",
        "2: a waiver has no key 'selectr': did you mean selector?",
    ]),
    (entry(2, "  selector: {}"), ["2: `selector` is empty: give one of cluster, namespace, kind, name at least."]),
    (entry(2, "  selector: ledger"), [
        "2: a selector is plain text: give a mapping with cluster, namespace, kind, name."
    ]),
    (entry(2, "  selector: {names: ledger}"), ["2: a selector has no key 'names': did you mean name?"]),
    (entry(2, "  selector: {name: }"), ["2: `name` is empty: give it, or leave the key out."]),
    (entry(2, "  selector: {name: [a, b]}"), ["2: `name` is a list: give one word or sentence."]),
    (entry(2, "  selector: {name: {regex: a}}"), ["2: `name` has no key 'regex'."]),
    (entry(2, "  selector: {name: {}}"), ["2: `name` is empty: give a name, or glob: with a pattern."]),
    (entry(2, "  selector: {name: {glob: ''}}"), ["2: `glob` is empty: give it, or leave the key out."]),
    (entry(2, "  selector: {name: a, name: b}"), ["2: a selector has `name` twice."]),
    (entry(3, "  reason: '  '"), ["3: `reason` is empty: why it is accepted."]),
    (entry(3, "  reason: ~"), ["3: `reason` is empty: why it is accepted."]),
    (entry(4, "  reason: Again"), ["1: `owner` is missing: who accepts it.", "4: a waiver has `reason` twice."]),
    (entry(5, "  expires: 2026-02-30"), ["5: `expires` is '2026-02-30': give a day that exists, as YYYY-MM-DD."]),
    (entry(5, "  expires: 20261231"), ["5: `expires` is '20261231': give a day that exists, as YYYY-MM-DD."]),
    (entry(5, "  expires: never"), ["5: `expires` is 'never': give a day that exists, as YYYY-MM-DD."]),
    (entry(6, "  ? [ticket]\n  : CHG-1"), [
        "1: `ticket` is missing: where it was decided.",
        "6: a waiver has no key 'a list'.",
    ]),
    (ENTRY + "  fact: podz\n", ["7: `fact` is 'podz': there is no such fact; it reads pod_disruption_budgets, pods."]),
    (ENTRY + "  fact: nodes\n", [
        "7: `fact` is 'nodes': REI-PDB does not ask for it; it reads pod_disruption_budgets, pods."
    ]),
    (ENTRY + "  fact:\n", ["7: `fact` is empty: give it, or leave the key out."]),
    (ENTRY + ENTRY.replace("Seen", "Forever"), ["7: this waives the same as the entry of line 1: keep one of the two."]),
    ("- ledger", ["1: a waiver is plain text: give a mapping with rule, selector, reason, owner, expires, ticket, fact."]),
    ("waiver: []", [
        "1: a waiver file has no key 'waiver': did you mean waivers?",
        "1: a waiver file is a list of waivers, or `waivers:` with such a list below it.",
    ]),
    ("", ["1: a waiver file is a list of waivers, or `waivers:` with such a list below it."]),
    ("waivers:", ["1: a waiver file is a list of waivers, or `waivers:` with such a list below it."]),
    ("{}", ["1: a waiver file is a list of waivers, or `waivers:` with such a list below it."]),
    ("- a\n- [", ["2: this is not YAML: expected the node content, but found '<stream end>'."]),
    ("[]\n---\n[]", ["2: this is not YAML: but found another document."]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line(text: str, told: list[str]) -> None:
    assert mistakes(text) == [f"waivers.yaml:{line}" for line in told]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = entry(3, "  reason:") + entry(5, "  expires: soon") + "- {}\n" + ENTRY.replace("rule", "rules")
    assert [mistake.partition(": ")[0] for mistake in mistakes(text)] == [
        "waivers.yaml:3",
        "waivers.yaml:11",
        *["waivers.yaml:13"] * 6,
        *["waivers.yaml:14"] * 2,
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- a\x00", b"[" * 100_000])
def test_what_is_not_text_or_nested_without_end_is_told_and_no_crash(content: bytes) -> None:
    (told,) = mistakes(content)
    assert told.startswith("waivers.yaml:1: this is not YAML that can be read: ")


def test_the_same_entry_by_an_alias_is_told_as_a_duplicate() -> None:
    assert mistakes(
        "- &a {rule: REI-PDB, selector: {name: x}, reason: r, owner: o, expires: 2026-12-31, ticket: t}\n- *a"
    ) == ["waivers.yaml:1: this waives the same as the entry of line 1: keep one of the two."]


def plain(text: str) -> Any:
    """The document as an editor's validator sees it: every scalar is text."""
    return yaml.load(text, yaml.BaseLoader)


SCHEMA = Draft202012Validator(json_schema(READS))
BEYOND_THE_SCHEMA = ("the same as", "twice", "a day that exists", "does not ask for it", "not YAML")
"""What a schema cannot say. Dates are refused by their form alone."""


def test_the_schema_accepts_what_is_read() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    for text in (WHOLE, ENTRY, "waivers: []", ENTRY + "  fact: pods\n"):
        assert list(SCHEMA.iter_errors(plain(text))) == []


YAML_ONLY = ("? [", ": ~")
"""A key that is no word, and a word that is nothing to YAML alone."""
FORMAL = [
    text
    for text, told in MISTAKES
    if not any(words in told[-1] for words in BEYOND_THE_SCHEMA) and not any(mark in text for mark in YAML_ONLY)
]


@pytest.mark.parametrize("text", [*FORMAL, entry(5, "  expires: never")])
def test_the_schema_refuses_what_is_refused_for_its_form(text: str) -> None:
    assert list(SCHEMA.iter_errors(plain(text))) != []
