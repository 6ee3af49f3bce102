"""Who asks: one of the ways to sign in to Azure, each chosen by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from analyzer.collect.clouds import CUSTOM, Cloud
from analyzer.errors import UnreachableError, UsageError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

CHOICES = ("default", "cli", "workload", "managed-identity", "environment", "device-code", "browser")
"""`default` tries all but the last two in turn: nothing opens a browser that was not told to."""

_PAUSES_S = (1.0, 3.0)
"""Before the second and the third request for a token."""
_EARLY_S = 300
"""Kept tokens are renewed this long before they end."""


def credential(choice: str, cloud: Cloud, tell: Callable[[str], None], client_id: str | None = None) -> TokenCredential:
    """A credential for a cloud. Nothing is asked of Entra before its first token is needed.

    `tell` is given the line that a device code is shown with. `client_id` names a user-assigned identity for
    `managed-identity`; `default` finds it in AZURE_CLIENT_ID itself.
    `cli` asks the Azure CLI, which must have been set to the same cloud. Raises UsageError for a choice that is not
    in CHOICES, UnreachableError for one that lacks its settings.
    """
    make = _makers(tell, client_id).get(choice)
    if make is None:
        raise UsageError(f"Unknown sign-in {choice!r}: give {', '.join(CHOICES)}")
    options: dict[str, Any] = {"authority": cloud.authority}
    if cloud.name == CUSTOM:
        # Entra's public list of authorities does not hold private clouds
        options["disable_instance_discovery"] = True
    try:
        return make(options)
    except ValueError as error:
        raise UnreachableError(f"Cannot sign in to Azure with {choice}: {_first_line(error)}") from error


def _makers(
    tell: Callable[[str], None], client_id: str | None
) -> dict[str, Callable[[dict[str, Any]], TokenCredential]]:
    import azure.identity as entra

    return {
        "default": lambda options: entra.DefaultAzureCredential(exclude_interactive_browser_credential=True, **options),
        "cli": lambda _: entra.AzureCliCredential(),
        "workload": lambda options: entra.WorkloadIdentityCredential(**options),
        "managed-identity": lambda _: entra.ManagedIdentityCredential(client_id=client_id),
        "environment": lambda options: entra.EnvironmentCredential(**options),
        "device-code": lambda options: entra.DeviceCodeCredential(
            prompt_callback=lambda page, code, _: tell(f"To sign in, open {page} and enter the code {code}"), **options
        ),
        "browser": lambda options: entra.InteractiveBrowserCredential(**options),
    }


class KeptTokens:
    """A credential whose tokens are kept for a run. After a failure it says why, and asks nobody any more."""

    def __init__(self, credential: TokenCredential) -> None:
        self.failure = ""
        """Why there are no more tokens; empty: there are."""
        self._credential = credential
        self._tokens: dict[tuple[str, ...], AccessToken] = {}
        self._lock = Lock()

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token that is valid for some minutes. Raises ClientAuthenticationError, and AzureError for no answer."""
        from azure.core.exceptions import ClientAuthenticationError

        with self._lock:
            kept = self._tokens.get(scopes)
            if kept is not None and not options.get("claims") and kept.expires_on - time.time() > _EARLY_S:
                return kept
            if self.failure:
                raise ClientAuthenticationError(self.failure)
            try:
                self._tokens[scopes] = self._asked(scopes, options)
            except ClientAuthenticationError as error:
                self.failure = _first_line(error)
                raise
            return self._tokens[scopes]

    def _asked(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessToken:
        """Asks again after a pause: the libraries repeat no POST, and a broken connection is no end of a sign-in."""
        from azure.core.exceptions import AzureError

        for pause_s in _PAUSES_S:
            try:
                return self._credential.get_token(*scopes, **options)
            except AzureError:
                time.sleep(pause_s)
        return self._credential.get_token(*scopes, **options)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
