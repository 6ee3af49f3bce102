"""Where AKS_PREFLIGHT_FAIL_ON_SKIP is set, a skipped test fails the run, except those that need a kube-apiserver, and
the one that takes minutes (make nightly).

Audits of whole fleets come first: the longest tests must not be the last ones, for which one core waits.

No example of a property has a deadline: machines are shared, and a slow one proves nothing.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
ALLOWED = ("KUBEBUILDER_ASSETS", "AKS_PREFLIGHT_LARGE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith("tests/fleet/test_audit"))


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: whoever looks for garbage need not look at them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("AKS_PREFLIGHT_FAIL_ON_SKIP") or reporter is None:
        return
    skipped = [
        report
        for report in reporter.stats.get("skipped", [])
        if not any(name in str(report.longrepr) for name in ALLOWED)
    ]
    if skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{len(skipped)} tests were skipped where none may be", red=True)
