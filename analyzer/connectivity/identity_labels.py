"""Which labels Cilium leaves out of a pod's identity, so that no selector finds them.

Source: docs.cilium.io, "Limiting identity-relevant labels", 1.14 to 1.18. Keys are matched at their start.
"""

from __future__ import annotations

import re

_IN_EVERY_VERSION = re.compile(
    r"io\.kubernetes|kubernetes\.io|k8s\.io|annotation|.*beta\.kubernetes\.io|pod-template-(?:hash|generation)"
    r"|controller-revision-hash|etcd_node"
)
_IN_SOME_VERSIONS = re.compile(
    r"statefulset\.kubernetes\.io/pod-name|apps\.kubernetes\.io/pod-index"
    r"|batch\.kubernetes\.io/(?:job-completion-index|controller-uid)|controller-uid"
)


def always_left_out(key: str) -> bool:
    """Whether every version that AKS runs leaves the label out. `app.kubernetes.io/…` is kept."""
    return _IN_EVERY_VERSION.match(key) is not None


def sometimes_left_out(key: str) -> bool:
    """Whether newer versions leave the label out, and older ones do not."""
    return _IN_SOME_VERSIONS.match(key) is not None
