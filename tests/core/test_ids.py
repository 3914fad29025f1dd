"""Sample ids notice what people do to them."""

from hypothesis import given
from hypothesis import strategies as st

from core import ids

made = st.builds(ids.new)
positions = st.integers(0, ids.LENGTH - 1)


@given(made)
def test_a_new_id_is_read_back_in_every_way_people_write_it(sample_id: str) -> None:
    assert ids.parse(sample_id) == sample_id
    assert ids.parse(f"  {ids.pretty(sample_id).lower()} ") == sample_id
    assert ids.parse(sample_id.replace("1", "l").replace("0", "o")) == sample_id


@given(made, positions, st.sampled_from(ids.ALPHABET))
def test_any_single_wrong_character_is_noticed(sample_id: str, position: int, character: str) -> None:
    wrong = sample_id[:position] + character + sample_id[position + 1 :]
    assert ids.parse(wrong) == (sample_id if wrong == sample_id else None)


@given(made, st.integers(0, ids.LENGTH - 2))
def test_any_swap_of_neighbours_is_noticed(sample_id: str, position: int) -> None:
    swapped = sample_id[:position] + sample_id[position + 1] + sample_id[position] + sample_id[position + 2 :]
    assert ids.parse(swapped) == (sample_id if swapped == sample_id else None)


@given(st.text(max_size=30))
def test_any_text_is_an_id_or_none(text: str) -> None:
    found = ids.parse(text)
    assert found is None or ids.parse(found) == found
