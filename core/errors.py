"""What can go wrong, as small named classes; page and API only translate them."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one field: `code` is a word key under "finding", `values` fill its text."""

    field: str
    code: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)


class MeatlabError(Exception):
    """An expected refusal. `code` is a word key under "error"; `values` fill its text."""

    code = "unexpected"

    def __init__(self, **values: Any) -> None:
        super().__init__(self.code, values)
        self.values = values


class NotSignedIn(MeatlabError):
    code = "not_signed_in"


class SignInRefused(MeatlabError):
    """Unknown person, wrong password or inactive account: which one is not said."""

    code = "sign_in_refused"


class TooManyAttempts(MeatlabError):
    code = "too_many_attempts"

    def __init__(self, until: datetime) -> None:
        super().__init__(until=until)


class NotAllowed(MeatlabError):
    code = "not_allowed"


class NotFound(MeatlabError):
    """No such thing, or nothing that this person may see."""

    code = "not_found"


class NoLiveModel(NotFound):
    """No model version has been promoted yet."""

    code = "no_live_model"


class Conflict(MeatlabError):
    """The thing already exists with other content."""

    code = "conflict"


class EmailTaken(Conflict):
    """Somebody has this email already."""

    code = "email_taken"


class NameTaken(Conflict):
    """Another of the person's things has this name; they may replace it."""

    code = "name_taken"


class ImportEdited(Conflict):
    """Somebody has edited what an import wrote: `n` samples, of which `ids` names some."""

    code = "import_edited"


class ImportTooOld(Conflict):
    """An import can be undone for a day."""

    code = "import_too_old"


class ImportChanged(Conflict):
    """What an import would write is not what its last look found: somebody has changed the samples meanwhile."""

    code = "import_changed"


class ImportNotReady(Conflict):
    """An import is not at the step that this belongs to: in work, not looked through, or written already."""

    code = "import_not_ready"


class OpenQuestions(Conflict):
    """An import asks something that nobody has answered."""

    code = "open_questions"


class Stale(MeatlabError):
    """The change was made on an older version than the stored one.

    `differing` maps each field that the caller wants otherwise to [what is stored, what they want]; `current` is the
    whole stored thing as its view.
    """

    code = "stale"

    def __init__(
        self, current_version: int, *, differing: dict[str, list[Any]] | None = None, current: Any = None
    ) -> None:
        super().__init__(current_version=current_version)
        self.differing = differing or {}
        self.current = current


class EditWindowClosed(MeatlabError):
    """The maker's time to edit is over; they may still ask for the change."""

    code = "edit_window_closed"

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(closed_at=closed_at)


class Claimed(MeatlabError):
    """Another reviewer has this sample in hand."""

    code = "claimed"

    def __init__(self, name: str, until: datetime) -> None:
        super().__init__(name=name, until=until)


class WrongState(MeatlabError):
    """The thing is in a state that does not take this action."""

    code = "wrong_state"

    def __init__(self, state: str) -> None:
        super().__init__(state=state)


class NotLastRound(MeatlabError):
    """Rounds have no holes: only the last one can be removed, and the raw sample only with the whole sample."""

    code = "not_last_round"


class SampleInBin(MeatlabError):
    """The round's sample lies in the recycle bin too: both come back together, or none."""

    code = "sample_in_bin"


class RoundOutOfOrder(MeatlabError):
    """A removed round comes back only behind the rounds that were before it; `following` is the next free number."""

    code = "round_out_of_order"

    def __init__(self, removed: int, following: int) -> None:
        super().__init__(removed=removed, following=following)


class LastManager(MeatlabError):
    """Without this person there would be no active manager left."""

    code = "last_manager"


class PhotoMissing(MeatlabError):
    """A sample whose cross-section photo is not stored cannot be approved."""

    code = "photo_missing"


class TooFewAnimals(MeatlabError):
    """Too few animals with photos and labels to learn from, and to measure what was learned."""

    code = "too_few_animals"


class BadInput(MeatlabError):
    """Everything wrong with what was sent, at once."""

    code = "bad_input"

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings


class Unconfirmed(BadInput):
    """Nothing is wrong, but some values look implausible: whoever sends them confirms each by its `confirmation`."""

    code = "unconfirmed"


def confirmation(finding: Finding) -> str:
    """How a warning is named by whoever confirms it: its field and its code."""
    return f"{finding.field}:{finding.code}"


def check_confirmed(warnings: list[Finding], confirmed: Collection[str]) -> list[dict[str, Any]]:
    """The warnings as they are stored, once all of them are confirmed.

    Raises:
        Unconfirmed: with those that are not.
    """
    if open_ones := [warning for warning in warnings if confirmation(warning) not in confirmed]:
        raise Unconfirmed(*open_ones)
    return [dataclasses.asdict(warning) for warning in warnings]
