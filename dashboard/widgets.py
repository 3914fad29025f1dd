"""What several pages show alike: status, names, photos, the account menu."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core import accounts, catalogue, clock, ids
from core.accounts import SignedIn
from core.catalogue import Catalogue
from core.policy import Actor
from core.reviews import QueueItem
from core.samples import SampleRow, SampleView
from core.words import LANGUAGES
from dashboard import navigation, stored_photos
from dashboard.language import CHOSEN, language, plain, t, time_left, when

STATUS = {
    "pending": ("orange", "hourglass_top"),
    "approved": ("green", "check_circle"),
    "rejected": ("red", "undo"),
}
LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}


def known_catalogue() -> Catalogue:
    """The catalogue: forms and names are the same for everybody."""
    return catalogue.recent()


def language_switch(actor: Actor | None, key: str = "language_switch") -> None:
    st.session_state[key] = language(actor)
    st.segmented_control(
        t("profile.language"),
        LANGUAGES,
        format_func=LANGUAGE_NAMES.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=partial(_choose_language, actor, key),
    )


def account_menu(signed_in: SignedIn) -> None:
    with st.sidebar:
        st.caption(f"**{signed_in.actor.name}** · {t(f'role.{signed_in.actor.role}')}")
        language_switch(signed_in.actor)
        st.button(
            t("sign_in.out"),
            key="account_sign_out",
            icon=":material/logout:",
            on_click=partial(_sign_out, signed_in),
            width="stretch",
        )


def status_badge(status: str) -> None:
    color, icon = STATUS[status]
    st.badge(t(f"status.{status}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]


def badges(sample: SampleRow | SampleView) -> None:
    """Status, origin and, where time presses, how long its maker may still mend it."""
    with st.container(horizontal=True):
        status_badge(sample.status)
        if sample.source == "generated":
            generated_badge()
        elif isinstance(sample, SampleView) and not sample.trace_verified:
            not_verified_badge()
        if sample.edit_until is not None and not _is_past(sample):
            st.badge(time_left(sample.edit_until), color="gray", icon=":material/timer:", help=t("sample.edit_until"))


def generated_badge() -> None:
    st.badge(t("sample.generated"), color="violet", icon=":material/science:", help=t("sample.generated_help"))


def not_verified_badge() -> None:
    st.badge(t("sample.not_verified"), color="gray", icon=":material/gpp_maybe:", help=t("sample.not_verified_help"))


def cut_name(sample: SampleRow | SampleView | QueueItem) -> str:
    """Species and cut as people say it: "소 · 등심 · 꽃등심살"."""
    known, lang = known_catalogue(), language()
    species = known.name(lang, "species", sample.species)
    primal = known.find("primal_cuts", sample.primal_cut, sample.species)
    secondary = known.find("secondary_cuts", sample.secondary_cut, sample.species, sample.primal_cut)
    names = [species, *(entry.name(lang) for entry in (primal, secondary) if entry)]
    return " · ".join(dict.fromkeys(names))


def name_of(kind: str, key: str | None, species: str | None = None) -> str:
    return known_catalogue().name(language(), kind, key, species)


def photo(photo_id: Any, alt: str, size: int = 1024) -> None:
    st.image(stored_photos.url(photo_id, size), alt=alt, width="stretch")


def facts(values: dict[str, Any]) -> None:
    """Names and values side by side, each in full; "-" where there is nothing."""
    rows = [(plain(name), plain("-" if value in (None, "") else str(value))) for name, value in values.items()]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, hide_header=True)


def numbers(
    table: dict[str, list[str]], names: int = 1, width: Literal["stretch", "content"] = "stretch"
) -> None:  # fmt: skip
    """A table of written-out numbers: what they are on the left, the numbers aligned right."""
    frame = pd.DataFrame(table)
    right = {column: st.column_config.TextColumn(alignment="right") for column in frame.columns[names:]}
    st.dataframe(frame, hide_index=True, width=width, height="content", column_config=right)


def open_sample(sample_id: str) -> None:
    """Leads to the sample. What the address of this page says goes along: Streamlit writes the new address to this
    page first, and the way back leads there.
    """
    st.switch_page(navigation.to("sample"), query_params={**st.query_params.to_dict(), "id": sample_id})


def sample_link(sample_id: str, label: str | None = None) -> None:
    st.page_link(
        navigation.to("sample"),
        label=label or ids.pretty(sample_id),
        icon=":material/open_in_new:",
        query_params={"id": sample_id},
    )


def go_button(stem: str, label: str, icon: str, kind: Literal["primary", "secondary"] = "primary") -> None:
    """A button that leads to another page."""
    if st.button(label, key=f"go_{stem}", type=kind, icon=f":material/{icon}:"):
        st.switch_page(navigation.to(stem))


def sample_cards(
    rows: Sequence[SampleRow], *, own: bool = False, more: Callable[[SampleRow], None] | None = None
) -> None:
    """Cards three abreast, one below the other on a phone; one's own lead to their form. `more` ends each card."""
    for start in range(0, len(rows), 3):
        for column, row in zip(st.columns(3), rows[start : start + 3], strict=False):
            with column.container(border=True):
                if row.photo_id:
                    photo(row.photo_id, t("sample.photo_alt", cut=cut_name(row)))
                sample_link(row.id)
                st.caption(f"{cut_name(row)} · {name_of('grades', row.grade, row.species)} · {when(row.received_at)}")
                badges(row)
                show_rejection(row)
                if own:
                    edit_link(row)
                if more is not None:
                    more(row)


def edit_link(sample: SampleRow | SampleView) -> None:
    """To the form: to mend what came back, to change what waits, to ask for a change where the time is over."""
    if _is_past(sample):
        label, icon = t("edit.ask"), "outgoing_mail"
    elif sample.status == "rejected":
        label, icon = t("edit.mend"), "build"
    else:
        label, icon = t("edit.title"), "edit"
    st.page_link(navigation.to("edit"), label=label, icon=f":material/{icon}:", query_params={"id": sample.id})


def counted(total: int | None, is_more: bool) -> str:
    """How many there are, as far as they were counted: "1,000+"."""
    return f"{total or 0:,}{'+' if is_more else ''}"


def show_rejection(row: SampleRow) -> None:
    """Why it came back, for its author."""
    if row.status == "rejected" and row.reject_reason:
        st.markdown(f"**{name_of('reject_reasons', row.reject_reason)}**")
        st.text(row.reject_text or "")


def empty(key: str) -> None:
    """An empty state says what to do next."""
    st.info(t(key), icon=":material/info:")


def _is_past(sample: SampleRow | SampleView) -> bool:
    return sample.edit_until is None or sample.edit_until <= clock.now()


def _choose_language(actor: Actor | None, key: str) -> None:
    chosen = st.session_state[key]
    st.session_state[CHOSEN] = chosen
    if actor is not None:
        accounts.change_language(actor, chosen)


def _sign_out(signed_in: SignedIn) -> None:
    chosen = language(signed_in.actor)
    accounts.sign_out(signed_in.session_id)
    st.session_state.clear()
    st.session_state[CHOSEN] = chosen
