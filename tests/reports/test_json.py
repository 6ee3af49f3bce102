from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from analyzer.model.report import SCHEMA_VERSION, Report
from reports import FORMATS
from reports.json import json_schema


def test_every_report_is_valid_against_the_schema(report: Report) -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(FORMATS["json"](report)))


def test_the_schema_refuses_what_is_no_report(made: Any) -> None:
    body = json.loads(FORMATS["json"](made["ready"]()))
    del body["verdict"]
    body["results"][0]["state"] = "fine"
    wrong = Draft202012Validator(json_schema()).iter_errors(body)
    assert sorted(error.validator for error in wrong) == ["enum", "required"]


def test_the_report_can_be_read_back_whole(report: Report) -> None:
    assert msgspec.json.decode(FORMATS["json"](report), type=Report) == report


def test_keys_are_the_documented_ones_indented_by_two_spaces(made: Any) -> None:
    lines = FORMATS["json"](made["ready"]()).split("\n")
    assert lines[:4] == ["{", f'  "schemaVersion": "{SCHEMA_VERSION}",', '  "tool": {', '    "name": "aks-preflight",']
    assert lines[-2:] == ["}", ""]


def test_no_character_of_the_text_acts_on_a_terminal(made: Any) -> None:
    text = FORMATS["json"](made["hostile"]())
    assert {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} == {"\n"}
