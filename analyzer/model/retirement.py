"""When what a cluster runs goes out of support: the retirement notices on learn.microsoft.com/azure/aks."""

from __future__ import annotations

import datetime

KUBENET = datetime.date(2028, 3, 31)
"""configure-kubenet, retirement notice of 2026-01-14."""
NPM_LINUX = datetime.date(2028, 9, 30)
"""use-network-policies, retirement notice of 2026-01-14."""
NPM_WINDOWS = datetime.date(2026, 9, 30)
"""use-network-policies, retirement notice of 2026-01-14."""
AVAILABILITY_SETS = datetime.date(2025, 9, 30)
"""availability-sets-on-aks."""
BASIC_LOAD_BALANCER = datetime.date(2025, 9, 30)
"""The retirement of the Basic Load Balancer."""
OSM = datetime.date(2027, 9, 30)
"""open-service-mesh-about."""
