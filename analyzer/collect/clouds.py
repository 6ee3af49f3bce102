"""The Azure clouds: where their Resource Manager is, who signs in to them, for which audience."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.errors import UsageError

CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure cloud. Addresses are https and end without a slash."""

    name: str
    resource_manager: str
    authority: str
    """The Entra endpoint that issues its tokens."""
    audience: str
    """What a token for its Resource Manager is issued for; kept as the cloud writes it, slash included."""

    @property
    def scope(self) -> str:
        """The OAuth scope of its Resource Manager."""
        return f"{self.audience}/.default"


PUBLIC = Cloud(
    "public", "https://management.azure.com", "https://login.microsoftonline.com", "https://management.azure.com"
)
US_GOVERNMENT = Cloud(
    "usgov",
    "https://management.usgovcloudapi.net",
    "https://login.microsoftonline.us",
    "https://management.core.usgovcloudapi.net",
)
CHINA = Cloud(
    "china",
    "https://management.chinacloudapi.cn",
    "https://login.chinacloudapi.cn",
    "https://management.chinacloudapi.cn",
)
CLOUDS = (PUBLIC, US_GOVERNMENT, CHINA)
"""The clouds that have a name. Addresses: azure-mgmt-core 1.6 (get_arm_endpoints), azure-identity 1.27
(AzureAuthorityHosts)."""


def find_cloud(choice: str, timeout_s: float) -> Cloud:
    """The cloud of a name, or of the https address of its Resource Manager, which is then asked about itself.

    Raises UsageError for anything else, UnreachableError where the address does not answer as a Resource Manager.
    """
    named = next((cloud for cloud in CLOUDS if cloud.name == choice.lower()), None)
    if named is not None:
        return named
    if not choice.lower().startswith("https://"):
        names = ", ".join(cloud.name for cloud in CLOUDS)
        raise UsageError(
            f"Unknown cloud {choice!r}: give {names}, or the https:// address of another cloud's Resource Manager"
        )
    from analyzer.collect.azure.discovery import discover

    return discover(choice.rstrip("/"), timeout_s)
