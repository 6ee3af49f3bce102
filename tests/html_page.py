"""A page of HTML taken apart: tags, attributes and words. Fails where tags do not nest."""

from __future__ import annotations

from html.parser import HTMLParser

BLOCK = frozenset("p li td th dt dd div caption h1 h2 h3 h4 h5 summary section header br".split())
VOID = frozenset("meta br use path circle rect line input polygon polyline".split())
ADDRESS = frozenset(["href", "src", "srcset", "action", "data", "poster", "formaction", "xlink:href"])
SILENT = frozenset(["style", "script"])


class Page(HTMLParser):
    """One document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.words.append(" " if tag in BLOCK else "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not SILENT & set(self.open):
            self.words.append(data)

    def values(self, *names: str) -> list[str]:
        """The values of the attributes of these names, in the order of the document."""
        return [value for _, name, value in self.attributes if name in names]

    @property
    def text(self) -> str:
        """The words of the page on one line."""
        return " ".join("".join(self.words).split())

    @property
    def pieces(self) -> str:
        """The same, with a space between any two elements: where only the layout keeps them apart."""
        return " ".join(" ".join(self.words).split())
