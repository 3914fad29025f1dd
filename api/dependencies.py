"""What routes ask for: who is calling, and which version they have seen."""

import re
from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import PreconditionRequired, language
from core import accounts
from core.accounts import SignedIn
from core.errors import NotSignedIn
from core.policy import Actor

_bearer = HTTPBearer(auto_error=False, description="The `access_token` of `POST /v1/sessions`.")


def current_sign_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> SignedIn:
    found = accounts.signed_in(credentials.credentials) if credentials else None
    if found is None:
        raise NotSignedIn
    request.state.actor = found.actor
    return found


def current_actor(found: Annotated[SignedIn, Depends(current_sign_in)]) -> Actor:
    return found.actor


def version_seen(
    if_match: Annotated[str | None, Header(description='The version that was seen, as its ETag: `"3"`.')] = None,
) -> int:
    """A version that no sample has where the header names none: that is stale."""
    if if_match is None or if_match.strip() == "*":
        raise PreconditionRequired
    found = re.fullmatch(r'"(\d{1,9})"', if_match.strip())
    return int(found[1]) if found else 0


def version_if_seen(
    if_match: Annotated[str | None, Header(description="The version that was seen, to change what is there.")] = None,
) -> int | None:
    """None where the caller only wants to add."""
    return None if if_match is None else version_seen(if_match)


def etags_held(if_none_match: Annotated[str | None, Header()] = None) -> Collection[str]:
    """The entity tags that the caller has already, without their quotes."""
    return frozenset(re.findall(r'"([^"]*)"', if_none_match or ""))


CurrentActor = Annotated[Actor, Depends(current_actor)]
CurrentSignIn = Annotated[SignedIn, Depends(current_sign_in)]
CurrentLanguage = Annotated[str, Depends(language)]  # asked for behind the actor, whose own language counts
VersionSeen = Annotated[int, Depends(version_seen)]
VersionIfSeen = Annotated[int | None, Depends(version_if_seen)]
EtagsHeld = Annotated[Collection[str], Depends(etags_held)]
