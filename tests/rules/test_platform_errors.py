"""Platform errors: every public message is recognised, and what is said of it can be looked up."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rules import CATALOG
from rules.platform_errors import PLATFORM_ERRORS, known_codes, recognise

PASTED = {
    '(BadRequest) Code="BadRequest" SubCode: CiliumDataplaneRequiresNetworkPolicyCilium': [
        "CiliumDataplaneRequiresNetworkPolicyCilium"
    ],
    "ciliumdataplanerequiresnetworkpolicycilium": ["CiliumDataplaneRequiresNetworkPolicyCilium"],
    "InsufficientSubnetSize": [
        "InsufficientSubnetSize (pod CIDR)",
        "InsufficientSubnetSize (pod subnet)",
        "InsufficientSubnetSize (node subnet)",
    ],
    '{"code": "InsufficientSubnetSize",\n "target": "NetworkProfile_PodCIDR"}': ["InsufficientSubnetSize (pod CIDR)"],
    '{"code": "InsufficientSubnetSize", "target": "AgentPoolProfile_VnetSubnetID"}': [
        "InsufficientSubnetSize (node subnet)"
    ],
    "Pre-allocated IPs 768 exceeds IPs available 256 in Pod Cidr 10.240.100.0/24": ["InsufficientPodCidr"],
    "PodDrainFailure": ["UpgradeFailed (calico-typha)", "UpgradeFailed (system pods)", "UpgradeFailed (drain)"],
    "UpgradeFailed: Drain node aks-1 failed when evicting pod calico-typha-7f: Cannot evict pod as it would violate "
    "the pod's disruption budget": ["UpgradeFailed (calico-typha)"],
    "InvalidArgumentValueError: --pod-cidr": ["InvalidArgumentValueError (--pod-cidr)"],
    "InvalidArgumentValueError: --location": [],
    "network policy install or uninstall is not supported below Kubernetes 1.30": [
        "policy engine change refused below Kubernetes 1.30"
    ],
    "cluster has a custom ip-masq-agent config": ["overlay refused: ip-masq-agent configuration"],
    "podCidr 172.16.0.0/12 overlaps with 172.30.0.0/16, which is reserved": ["range reserved by AKS"],
    "blocked by the Node Disruption Policy": ["node disruption policy"],
    "SkuNotAvailable": ["quota or capacity for surge nodes"],
    "Operation could not be completed as it results in exceeding approved standardDSv5Family Cores quota": [
        "quota or capacity for surge nodes"
    ],
    "429 Throttled": ["Throttled"],
    "ManagedClusterCountExceedsQuotaLimit": ["Throttled"],
    "SubnetIsFull": ["SubnetIsFull"],
    "LinkedAuthorizationFailed": ["LinkedAuthorizationFailed"],
    "(ScopeLocked) The scope cannot perform write operation": ["ScopeLocked"],
    "the pod is fine": [],
}


@pytest.mark.parametrize("text", PASTED)
def test_a_code_or_a_pasted_message_is_recognised(text: str) -> None:
    assert [error.name for error in recognise(text)] == PASTED[text]


def test_every_error_names_rules_that_exist_and_a_way_out() -> None:
    known = {rule.id for rule in CATALOG}
    assert [error.name for error in PLATFORM_ERRORS if not error.rules or not error.way_out] == []
    assert {id for error in PLATFORM_ERRORS for id in error.rules} - known == set()


@pytest.mark.parametrize("error", PLATFORM_ERRORS, ids=lambda error: error.name)
def test_every_code_leads_back_to_its_error(error: object) -> None:
    assert [code for code in error.codes if error not in recognise(code)] == []  # type: ignore[attr-defined]


def test_the_codes_that_can_be_asked_for_are_those_of_the_errors() -> None:
    assert set(known_codes(PLATFORM_ERRORS)) == {code for error in PLATFORM_ERRORS for code in error.codes}
    assert list(known_codes(PLATFORM_ERRORS)) == sorted(known_codes(PLATFORM_ERRORS))


@pytest.mark.corpus
def test_every_quoted_error_of_the_corpus_is_recognised() -> None:
    root = os.environ.get("AKS_PREFLIGHT_CORPUS")
    if not root:
        pytest.skip("AKS_PREFLIGHT_CORPUS is not set")
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in (Path(root) / "ERRORS.md").read_text().splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert len(rows) == 23
    unknown = [row[0] for row in rows if not recognise(" ".join(row[1:5]))]
    assert unknown == []
