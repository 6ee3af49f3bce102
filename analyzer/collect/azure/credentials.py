"""Who asks: one of the ways to sign in to Azure, each chosen by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analyzer.collect.clouds import CUSTOM, Cloud
from analyzer.errors import UnreachableError, UsageError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CHOICES = ("default", "cli", "workload", "managed-identity", "environment", "device-code", "browser")
"""`default` tries all but the last two in turn: nothing opens a browser that was not told to."""


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


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
