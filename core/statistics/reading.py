"""Reads from the database what statistics are made of, as columns of numbers; keys become codes."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from sqlalchemy.orm import Session

from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

Columns = dict[str, np.ndarray[Any, Any]]
NONE = -1  # the code of an empty key, and the number of an unknown count
MOST_IN_MEMORY = 64 * 1024**2  # bytes of what is on its way; more goes through a file
NO_DAY = -(10**6)  # an unknown day; others are days since 1970-01-01 in Seoul

# Columns that hold keys; each table's column of one of these names holds codes into `Keys`.
KEYED = (
    "status", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "province", "preparation", "scale",
    "rater", "cathepsin_unit", "part", "field", "code",
)  # fmt: skip
SCORE_COLUMNS = tuple(f"score_{n}" for n in range(1, 6))
# column -> what its codes are codes of; scores have few different values, so that they are kept as codes, too.
KEYS_OF = {name: name for name in KEYED} | dict.fromkeys(SCORE_COLUMNS, "score")
# attribute -> the column that holds it; a row is either raw or heated, so that five columns hold ten attributes.
COLUMN_OF = {
    name: column for names in (RAW_SCORES, HEATED_SCORES) for name, column in zip(names, SCORE_COLUMNS, strict=True)
}
CARCASS = ("carcass_weight_kg", "backfat_mm", "ribeye_area_cm2")


def _day(instant: str) -> str:
    return f"coalesce(({instant} at time zone 'Asia/Seoul')::date - date '1970-01-01', {NO_DAY})"


# Minutes of processing up to each round; nothing where one of the rounds does not say its minutes.
_MINUTES = """left join (
        select sample_id, seq, case when count(*) over up_to = count(minutes) over up_to then sum(minutes) over up_to end
            as minutes
        from rounds where seq > 0 {{1}} window up_to as (partition by sample_id order by seq)
    ) r on (r.sample_id, r.seq) = ({0}.sample_id, {0}.seq)"""
_SCORES = ", ".join(
    f"case e.preparation when 'raw' then e.{raw} else e.{heated} end as {column}"
    for raw, heated, column in zip(RAW_SCORES, HEATED_SCORES, SCORE_COLUMNS, strict=True)
)
# {0} narrows to some samples, {1} their rounds; what lies in the recycle bin is never read.
QUERIES = {
    "samples": f"""
        select s.id as sample_id, hashtextextended(s.trace_number, 0) as animal, s.status, s.species, s.primal_cut,
            s.secondary_cut, s.breed, s.sex, s.grade, s.province, coalesce(s.bms, {NONE}) as bms,
            s.slaughtered_on - date '1970-01-01' as slaughtered, {_day("s.received_at")} as received,
            {_day("s.submitted_at")} as submitted,
            case when s.status = 'approved' then {_day("coalesce((select max(v.reviewed_at) from reviews v "
            "where v.sample_id = s.id and v.decision = 'approved'), s.submitted_at)")} else {NO_DAY} end as approved,
            {", ".join(f"s.{name}" for name in CARCASS)}, (s.born_on is not null)::int as has_birth,
            (s.farm_address is not null)::int as has_address, s.has_photo::int, s.has_heated::int,
            s.has_laboratory::int, s.trace_verified::int,
            case when s.has_rounds then (select count(*) from rounds r where r.sample_id = s.id and r.seq > 0) else 0 end
                as rounds
        from samples s where s.deleted_at is null {{0}}""",
    "evaluations": f"""
        select e.sample_id, e.seq, e.preparation, e.evaluator || coalesce('/' || e.panelist, '') as rater, e.replicate,
            e.day, e.scale, {_day("e.evaluated_at")} as evaluated, case e.seq when 0 then 0 else r.minutes end as minutes,
            (p.id is not null)::int as has_photo, {_SCORES}
        from evaluations e join samples s on s.id = e.sample_id {_MINUTES.format("e")}
            left join photos p on (p.sample_id, p.seq, p.preparation, p.state) = (e.sample_id, e.seq, 'raw', 'stored')
        where e.seq >= 0 and s.deleted_at is null {{0}}""",
    "measurements": f"""
        select m.sample_id, m.seq, m.preparation, m.replicate, {_day("m.measured_at")} as measured,
            case m.seq when 0 then 0 else r.minutes end as minutes, m.cathepsin_unit,
            {", ".join(f"m.{name}" for name in MEASURES)}
        from measurements m join samples s on s.id = m.sample_id {_MINUTES.format("m")}
        where m.seq >= 0 and s.deleted_at is null {{0}}""",
    "warnings": " union all ".join(
        f"""
        select s.id as sample_id, '{part}' as part, w ->> 'field' as field, w ->> 'code' as code,
            {_day(instant)} as warned
        from {source}, jsonb_array_elements({alias}.warnings) w
        where {alias}.warnings <> '[]' and s.deleted_at is null {live} {{0}}"""
        for part, alias, source, instant, live in (
            ("sample", "s", "samples s", "s.received_at", ""),
            ("round", "r", "rounds r join samples s on s.id = r.sample_id", "r.created_at", "and r.seq >= 0"),
            ("evaluation", "e", "evaluations e join samples s on s.id = e.sample_id", "e.evaluated_at", "and e.seq >= 0"),
            ("measurement", "m", "measurements m join samples s on s.id = m.sample_id", "m.measured_at", "and m.seq >= 0"),
        )
    ),
}  # fmt: skip
_SMALL = {
    "bms", "seq", "replicate", "rounds", "has_birth", "has_address", "has_photo", "has_heated", "has_laboratory",
    "trace_verified",
}  # fmt: skip
_DAYS = {"slaughtered", "received", "submitted", "approved", "evaluated", "measured", "warned", "day"}


@dataclass(frozen=True)
class Keys:
    """What codes stand for, by kind of column; lists only ever grow, so that old codes stay right."""

    of: dict[str, tuple[Any, ...]]

    def encode(self, column: str, values: Sequence[Any]) -> tuple["Keys", np.ndarray[Any, Any]]:
        """Codes of some keys, and the keys with those that are new."""
        known = self.of.get(column, ())
        there = {key: code for code, key in enumerate(known)}
        fresh = [key for key in dict.fromkeys(values) if key not in there]
        there |= {key: len(known) + n for n, key in enumerate(fresh)}
        codes = np.fromiter((there[key] for key in values), np.int32, len(values))
        return (Keys(self.of | {column: (*known, *fresh)}) if fresh else self), codes

    def code(self, column: str, key: str) -> int:
        """The code of a key; one that nothing has where the key never occurred."""
        known = self.of.get(column, ())
        return known.index(key) if key in known else len(known) + 1


def read(session: Session, table: str, keys: Keys, sample_ids: Sequence[str] | None) -> tuple[Columns, Keys]:
    """A table's columns, of all samples or of some; `sample_id` is still text."""
    cursor = session.connection().connection.cursor()
    narrows = ("", "") if sample_ids is None else ("and s.id = any(%(ids)s)", "and sample_id = any(%(ids)s)")
    query = QUERIES[table].format(*narrows)
    if sample_ids is not None:
        query = cursor.mogrify(query, {"ids": list(sample_ids)}).decode()
    found: Columns = {}
    with tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY) as stream:
        cursor.copy_expert(f"copy ({query}) to stdout with (format csv, header)", stream)
        for name, values in _parsed(stream):
            if name in KEYS_OF:
                keys, found[name] = _coded(keys, KEYS_OF[name], values)
            else:
                found[name] = _number(name, values)
    return found, keys


def _parsed(stream: IO[bytes]) -> Iterator[tuple[str, pa.ChunkedArray]]:
    stream.seek(0)
    head = stream.readline().decode().strip().split(",")
    stream.seek(0)
    text = pa.dictionary(pa.int32(), pa.string())
    types = {name: text if name in KEYED else _type(name) for name in head}
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False)
    parsed = csv.read_csv(stream, None, csv.ParseOptions(newlines_in_values=True), options)
    for name in head:
        yield name, parsed.column(name)


def _type(name: str) -> pa.DataType:
    if name == "sample_id":
        return pa.string()
    if name == "animal":
        return pa.int64()
    if name in _SMALL:
        return pa.int16()
    return pa.int32() if name in _DAYS else pa.float64()


def _coded(keys: Keys, kind: str, values: pa.ChunkedArray) -> tuple[Keys, np.ndarray[Any, Any]]:
    values = values.dictionary_encode()
    whole = values.unify_dictionaries().combine_chunks() if values.num_chunks else values
    if not len(values):
        return keys, np.empty(0, np.int32)
    array = whole if isinstance(whole, pa.DictionaryArray) else whole.chunk(0)
    keys, codes = keys.encode(kind, array.dictionary.to_pylist())
    indices = array.indices.fill_null(NONE).to_numpy(zero_copy_only=False)
    small = np.int8 if kind == "score" and len(keys.of.get(kind, ())) < 2**7 else np.int32
    return keys, np.append(codes, NONE).astype(small)[indices]


def _number(name: str, values: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    if name == "sample_id":
        return np.array(values.to_pylist(), dtype="S11")
    return np.asarray(values.to_numpy())


__all__ = ["CARCASS", "COLUMN_OF", "KEYS_OF", "NONE", "NO_DAY", "QUERIES", "Columns", "Keys", "read"]
