"""Node image families: until when AKS supports them, and from when their images are gone.

Dates: the retirement notices of learn.microsoft.com/azure/aks/upgrade-os-version and upgrade-windows-os, 2026-07-13.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFamily:
    """One OS of nodes."""

    name: str
    image: str
    """A regular expression over nodeImageVersion, without regard to case."""
    sku: str
    """The osSKU that names this OS and no other, in lower case; empty where none does."""
    supported_until: date | None = None
    """None: no end is announced."""
    removed: date | None = None
    """From when there is no image; None: no day is announced. `date.min`: it is gone, since a day not given."""


FAMILIES = (
    ImageFamily(name="Azure Linux 2.0", image=r"^AKS(AzureLinux|CBLMariner)-V[12]", sku="", removed=date(2026, 3, 31)),
    ImageFamily(name="Azure Linux 3.0", image=r"^AKSAzureLinux-V3", sku="azurelinux3"),
    ImageFamily(name="Ubuntu 18.04", image=r"^AKSUbuntu-1804", sku="ubuntu1804", removed=date.min),
    ImageFamily(name="Ubuntu 20.04", image=r"^AKSUbuntu-2004", sku="ubuntu2004", removed=date(2027, 3, 17)),
    ImageFamily(
        name="Ubuntu 22.04",
        image=r"^AKSUbuntu-2204",
        sku="ubuntu2204",
        supported_until=date(2027, 6, 30),
        removed=date(2028, 4, 30),
    ),
    ImageFamily(name="Ubuntu 24.04", image=r"^AKSUbuntu-2404", sku="ubuntu2404"),
    ImageFamily(name="Flatcar (preview)", image=r"^AKS\w*Flatcar", sku="flatcar", removed=date(2026, 9, 8)),
    ImageFamily(
        name="Windows Server 2019",
        image=r"^AKSWindows-2019",
        sku="windows2019",
        supported_until=date(2026, 3, 1),
        removed=date(2027, 4, 1),
    ),
    ImageFamily(
        name="Windows Server 2022",
        image=r"^AKSWindows-2022",
        sku="windows2022",
        supported_until=date(2028, 6, 30),
        removed=date(2029, 6, 30),
    ),
    ImageFamily(name="Windows Server 2025", image=r"^AKSWindows-2025", sku="windows2025"),
    ImageFamily(
        name="Windows Annual Channel",
        image=r"^AKSWindows-(23H2|annual)",
        sku="windowsannual",
        removed=date(2027, 5, 15),
    ),
)


def family_of(image: str, sku: str) -> ImageFamily | None:
    """The family that an osSKU names, where it names one OS, else that of an image version; None: neither says."""
    by_sku = next((item for item in FAMILIES if sku and item.sku == sku.lower()), None)
    return by_sku or next((item for item in FAMILIES if re.search(item.image, image, re.IGNORECASE)), None)
