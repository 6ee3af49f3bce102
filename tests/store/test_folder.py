"""A folder of an audit: the same on a disk and behind a URL."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.errors import UsageError
from analyzer.store.folder import Folder, open_folder


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    return open_folder(str(tmp_path / "audits") if request.param == "disk" else f"memory://{tmp_path}/audits")


def test_what_is_written_is_read_and_listed(folder: Folder) -> None:
    assert (folder.names(), folder.exists("a/b.json")) == ((), False)
    folder.write("a/b.json", b"1")
    folder.write("a/c/d.json", b"2")
    folder.write("a/b.json", b"3")
    assert (folder.names(), folder.names("a"), folder.names("z")) == (("a",), ("b.json", "c"), ())
    assert (folder.read("a/b.json"), folder.below("a").read("c/d.json")) == (b"3", b"2")
    assert (folder.exists("a/b.json"), folder.exists("a"), folder.exists("a/z")) == (True, True, False)


def test_a_file_that_is_not_there_is_an_error_not_nothing(folder: Folder) -> None:
    with pytest.raises(FileNotFoundError):
        folder.read("a/b.json")


def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path))
    folder.write("index.json", b"old")
    (tmp_path / ".index.json.half").write_bytes(b"ne")
    assert (folder.names(), folder.read("index.json")) == (("index.json",), b"old")


@pytest.mark.parametrize("url", ["abfs://c@a.dfs.core.windows.net/x", "az://c/x"])
@pytest.mark.skipif("adlfs" in sys.modules, reason="adlfs is installed")
def test_a_url_that_needs_an_extra_names_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_folder(url)
    assert str(refused.value) == (
        f"{url} needs a package that is not installed. Install it, in the project's folder: pipx install '.[azure]'."
    )


class Refusing:
    """A store that refuses in its own words."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            if name != "invalidate_cache":
                raise ValueError("403 This request is not authorised\nRequestId: 7")

        return refuse


@pytest.mark.parametrize(
    "ask",
    [
        lambda folder: folder.read("a"),
        lambda folder: folder.write("a", b""),
        lambda folder: folder.exists("a"),
        lambda folder: folder.names(),
    ],
)
def test_what_a_store_refuses_in_its_own_words_is_an_error_of_files(ask: Callable[[Folder], object]) -> None:
    folder = Folder("abfs://c/x", Refusing(), "c/x", False)
    with pytest.raises(OSError, match="403") as refused:
        ask(folder)
    assert str(refused.value) == (
        "abfs://c/x does not answer as a store of files: ValueError: 403 This request is not authorised"
    )


def test_a_url_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^zork://a/b cannot be opened: "):
        open_folder("zork://a/b")
