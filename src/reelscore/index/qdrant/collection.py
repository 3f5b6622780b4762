"""The collection of a space on a Qdrant server: made, held against what it must be, and filtered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from qdrant_client import QdrantClient
from qdrant_client import models as wire
from qdrant_client.http.exceptions import UnexpectedResponse

from reelscore.filters.facets import NUMBER_FIELDS, TERM_FIELDS, VERSION_FIELD
from reelscore.index.base import OtherLayoutError
from reelscore.index.qdrant.connection import Connection

# Every facet that a filter may ask for.
INDEXED_FIELDS: Mapping[str, wire.PayloadSchemaType] = {
    **dict.fromkeys((VERSION_FIELD, *TERM_FIELDS), wire.PayloadSchemaType.KEYWORD),
    **dict.fromkeys(NUMBER_FIELDS, wire.PayloadSchemaType.FLOAT),
}


def prepare_collection(connection: Connection, collection: str, space: str, dim: int) -> None:
    """Make what is missing: the collection, its payload indexes, and int8 copies if they are wanted.

    Raises
    ------
    OtherLayoutError
        There is a collection of this name with other vectors.
    StorageError
        The server fails.
    ConfigurationError
        It wants an API key, or another one.
    """
    quantized = connection.options.quantized
    if not connection.call(lambda client: client.collection_exists(collection)):
        connection.call(lambda client: _create(client, collection, dim, quantized))
    info = connection.call(lambda client: client.get_collection(collection))
    vectors = info.config.params.vectors
    if (
        not isinstance(vectors, wire.VectorParams)
        or vectors.size != dim
        or vectors.distance != wire.Distance.COSINE
    ):
        raise OtherLayoutError(
            f"the collection {collection} at {connection.options.address} holds other vectors than those of "
            f"{space}, which have {dim} numbers; REELSCORE_QDRANT_PREFIX gives this library collections of "
            "its own, or `reelscore index rebuild` rebuilds this one"
        )
    for name, schema in INDEXED_FIELDS.items():
        if name not in info.payload_schema:
            connection.call(partial(_index_field, collection=collection, name=name, schema=schema))
    if (info.config.quantization_config is not None) != quantized:
        connection.call(lambda client: _quantize(client, collection, quantized))


def _create(client: QdrantClient, collection: str, dim: int, quantized: bool) -> None:
    try:
        client.create_collection(
            collection,
            vectors_config=wire.VectorParams(size=dim, distance=wire.Distance.COSINE, on_disk=quantized),
            # Filtered searches are exact, so the graph needs no links for each value of a field.
            hnsw_config=wire.HnswConfigDiff(payload_m=0),
            quantization_config=_copies() if quantized else None,
        )
    except UnexpectedResponse as error:
        if error.status_code != 409 and b"already exists" not in error.content:  # another process was faster
            raise


def _index_field(client: QdrantClient, collection: str, name: str, schema: wire.PayloadSchemaType) -> None:
    client.create_payload_index(collection, name, schema, wait=True)


def _quantize(client: QdrantClient, collection: str, quantized: bool) -> None:
    client.update_collection(
        collection,
        vectors_config={"": wire.VectorParamsDiff(on_disk=quantized)},
        quantization_config=_copies() if quantized else wire.Disabled.DISABLED,
    )


def _copies() -> wire.ScalarQuantization:
    return wire.ScalarQuantization(
        scalar=wire.ScalarQuantizationConfig(type=wire.ScalarType.INT8, quantile=0.99, always_ram=True)
    )


class ServerDialect:
    """The conditions of a Qdrant server; `reelscore.index.conditions` says what each means."""

    def any_of(self, field: str, terms: Sequence[str]) -> wire.Condition:
        """The field has one of the terms."""
        return wire.FieldCondition(key=field, match=wire.MatchAny(any=list(terms)))

    def within(self, field: str, low: float | None, high: float | None) -> wire.Condition:
        """The field is a number within the span."""
        return wire.FieldCondition(key=field, range=wire.Range(gte=low, lte=high))

    def one_of(self, ids: Collection[str]) -> wire.Condition:
        """The point is one of these."""
        return wire.HasIdCondition(has_id=sorted(ids))

    def either(self, conditions: Sequence[wire.Condition]) -> wire.Condition:
        """One of the conditions is met."""
        return wire.Filter(should=[*conditions])

    def filter(self, met: Sequence[wire.Condition], unmet: Sequence[wire.Condition]) -> wire.Filter:
        """All of `met` are met, and none of `unmet`."""
        return wire.Filter(must=[*met] or None, must_not=[*unmet] or None)


SERVER = ServerDialect()
