"""Quantities of memory, and what a pod requests."""

from __future__ import annotations

import msgspec
import pytest

from analyzer.model.objects import Number, PodSpec
from analyzer.model.quantity import memory_request_bytes, parse_bytes


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (1024, 1024),
        (1.5, 2),
        (1e22, 10**22),
        ("0", 0),
        ("128974848", 128_974_848),
        ("+5", 5),
        ("5.", 5),
        (".5", 1),
        ("1.5Ki", 1536),
        ("123Mi", 123 * 2**20),
        ("2Gi", 2 * 2**30),
        ("1Ti", 2**40),
        ("1Pi", 2**50),
        ("1Ei", 2**60),
        ("1k", 1000),
        ("129M", 129_000_000),
        ("3G", 3 * 10**9),
        ("1T", 10**12),
        ("1P", 10**15),
        ("1E", 10**18),
        ("128974848000m", 128_974_848),
        ("1m", 1),
        ("1500000u", 2),
        ("1000000001n", 2),
        ("129e6", 129_000_000),
        ("1E3", 1000),
        ("1e+3", 1000),
        ("1500e-3", 2),
    ],
)
def test_a_quantity_is_bytes_rounded_up(quantity: Number, expected: int) -> None:
    assert parse_bytes(quantity) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "Mi", "1 Mi", "1mi", "1KiB", "1K", "-1", "1e", "1e3Mi", "1e999", "1_000", "٣", "9" * 5000, "NaN"]
)
def test_what_is_not_a_quantity_names_no_bytes(text: str) -> None:
    assert parse_bytes(text) is None


def _container(memory: str, **more: str) -> dict[str, object]:
    return {"resources": {"requests": {"memory": memory}}, **more}


def _requested(**spec: object) -> int | None:
    return memory_request_bytes(msgspec.convert(spec, PodSpec))


def test_containers_add_up_and_no_request_is_zero() -> None:
    assert _requested(containers=[_container("10"), _container("20"), {}]) == 30


def test_init_containers_run_one_at_a_time_so_the_largest_counts() -> None:
    init = [_container("70"), _container("90")]
    assert _requested(containers=[_container("50")], initContainers=init) == 90
    assert _requested(containers=[_container("100")], initContainers=init) == 100


def test_a_sidecar_runs_beside_the_containers_and_the_init_containers_after_it() -> None:
    sidecar = _container("30", restartPolicy="Always")
    assert _requested(containers=[_container("50")], initContainers=[sidecar, _container("60")]) == 90
    assert _requested(containers=[_container("50")], initContainers=[_container("60"), sidecar]) == 80


def test_overhead_is_added_to_the_larger_of_both() -> None:
    spec = {"containers": [_container("50")], "initContainers": [_container("60")]}
    assert _requested(**spec, overhead={"memory": "7"}) == 67


def test_the_request_of_the_whole_pod_goes_before_the_containers() -> None:
    whole = {"requests": {"memory": "40"}}
    assert _requested(containers=[_container("50")], resources=whole, overhead={"memory": "7"}) == 47


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [_container("much")]},
        {"initContainers": [_container("much")]},
        {"overhead": {"memory": "much"}},
        {"resources": {"requests": {"memory": "much"}}},
    ],
)
def test_a_request_that_cannot_be_read_is_not_zero(spec: dict[str, object]) -> None:
    assert _requested(**spec) is None
