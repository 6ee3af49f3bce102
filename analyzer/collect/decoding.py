"""Raw bytes into the model's narrow types: Kubernetes lists and objects, and ARM bodies in any of their shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from mmap import mmap
from typing import Any, Generic, TypeVar, get_args

import msgspec

from analyzer.collect.known_types import decoder, known
from analyzer.model.objects import KubernetesObject

T = TypeVar("T")
K = TypeVar("K", bound=KubernetesObject)

Buffer = bytes | memoryview | mmap | msgspec.Raw
"""Where bytes to decode can be."""


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding raises where bytes are not what they should be; a string that is not UTF-8 is no msgspec error."""


class MalformedError(Exception):
    """A body does not have the shape of its kind. `seen` holds the items that could be read all the same."""

    def __init__(self, detail: str, seen: tuple[Any, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.seen = seen


class ListMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """ListMeta: a continue token means that there is more."""

    continue_: str = msgspec.field(default="", name="continue")
    resource_version: str = ""


class ListBody(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """A Kubernetes list, of the API server or of kubectl. A null `items` is an empty list."""

    kind: str
    items: tuple[T, ...] | None
    api_version: str = ""
    metadata: ListMetadata = ListMetadata()


def decode_list(raw: Buffer, item_type: type[T]) -> ListBody[T]:
    """A list of one type. Raises MalformedError, with the items that could be read, where any could not."""
    try:
        body: ListBody[T] = _list_decoder(item_type).decode(raw)  # type: ignore[arg-type] # every type can be hashed
        return body
    except UNREADABLE as error:
        raise MalformedError(*_salvage(raw, item_type, error)) from error


@cache
def _list_decoder(item_type: Any) -> msgspec.json.Decoder[ListBody[Any]]:
    """To make one costs as much as to decode a short list."""
    return decoder(ListBody[item_type])


def _salvage(raw: Buffer, item_type: type[T], error: Exception) -> tuple[str, tuple[T, ...]]:
    try:
        body = msgspec.json.decode(raw, type=known(ListBody[msgspec.Raw]))
    except UNREADABLE:
        return f"the body is not a list: {error}", ()
    seen: list[T] = []
    bad: list[str] = []
    for item in body.items or ():
        try:
            seen.append(msgspec.json.decode(item, type=known(item_type)))
        except UNREADABLE as reason:
            bad.append(str(reason))
    return f"{len(bad)} of {len(body.items or ())} items cannot be read, the first: {bad[0]}", tuple(seen)


def decode_object(raw: Buffer, kind: type[T]) -> T:
    """One object. Raises MalformedError."""
    try:
        return msgspec.json.decode(raw, type=known(kind))
    except UNREADABLE as error:
        raise MalformedError(f"the body is not a {kind.__name__}: {error}") from error


def named(items: Iterable[K], kind: str, api_version: str) -> Iterator[K]:
    """The items with the kind and API version of their list, where they carry none of their own.

    Raw lists leave both out, and lists of metadata say PartialObjectMetadata.

    Only for items that were just decoded and that nobody else holds: they are completed in place.
    """
    for item in items:
        if not item.kind or item.kind == "PartialObjectMetadata":
            msgspec.structs.force_setattr(item, "kind", kind)
            msgspec.structs.force_setattr(item, "api_version", api_version)
        yield item


def in_order(items: Iterable[K]) -> tuple[K, ...]:
    """The items by namespace, name, kind and API version, each once."""
    unique = {(item.metadata.namespace, item.metadata.name, item.kind, item.api_version): item for item in items}
    return tuple(unique[key] for key in sorted(unique))


def decode_arm(raw: Buffer, kind: type[T]) -> T:
    """One ARM body: REST, `az … -o json` or Resource Graph. Raises MalformedError."""
    try:
        return convert_arm(msgspec.json.decode(raw), kind)
    except UNREADABLE as error:
        raise MalformedError(f"the body is not JSON: {error}") from error


def convert_arm(body: object, kind: type[T]) -> T:
    """One decoded ARM body in the canonical shape, as a type. Raises MalformedError."""
    try:
        return msgspec.convert(_canonical(body, kind), known(kind))
    except msgspec.ValidationError as error:
        raise MalformedError(f"the body is not a {kind.__name__}: {error}") from error


_CLI_NAMES: Mapping[str, str] = {"typepropertiestype": "type"}
"""Keys that the CLI renames because a flattened property would hide one of the resource's own."""


def _canonical(body: object, kind: Any) -> object:
    """The body with the type's own spelling of keys, `properties` flattened, nulls of lists and maps left out."""
    structure = _structure(kind)
    if structure is None or not isinstance(body, dict):
        return _items(body, kind)
    fields = _fields(structure)
    result: dict[str, object] = {}
    for key, value in _flattened(body).items():
        item = fields.get(key)
        if item is not None and (value is not None or _accepts_none(item.type)):
            result[item.encode_name] = _canonical(value, item.type)
    return result


@cache
def _fields(structure: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """A type's fields by their keys, in lower case. Taking a type apart costs more than converting a body."""
    return {item.encode_name.lower(): item for item in msgspec.structs.fields(structure)}


def _flattened(body: dict[str, Any]) -> dict[str, Any]:
    """Lower-case keys, the children of `properties` beside the resource's own, which they go before."""
    lower = {key.lower(): value for key, value in body.items()}
    properties = lower.pop("properties", None)
    if isinstance(properties, dict):
        lower |= {key.lower(): value for key, value in properties.items()}
    return lower | {name: lower[key] for key, name in _CLI_NAMES.items() if key in lower}


def _items(body: object, kind: Any) -> object:
    inner = next((item for part in _parts(kind) for item in get_args(part) if item is not Ellipsis), None)
    return [_canonical(value, inner) for value in body] if isinstance(body, list) and inner else body


def _parts(kind: Any) -> tuple[Any, ...]:
    """The members of a union, or the type itself."""
    arguments = get_args(kind)
    return arguments if type(None) in arguments or msgspec.UnsetType in arguments else (kind,)


@cache
def _structure(kind: Any) -> type[msgspec.Struct] | None:
    return next((part for part in _parts(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct)), None)


def _accepts_none(kind: Any) -> bool:
    return type(None) in _parts(kind)
