"""`explain`: an error of the platform, in words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PREFLIGHT = Path(sys.executable).with_name("aks-preflight")


def explain(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [PREFLIGHT, "explain", *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_a_code_is_answered_with_cause_way_out_rule_and_source() -> None:
    done = explain("CiliumDataplaneRequiresNetworkPolicyCilium")
    assert done.returncode == 0
    assert done.stdout == (
        "CiliumDataplaneRequiresNetworkPolicyCilium\n"
        "  Cause    The request set the Cilium data plane and left networkPolicy at none, azure or calico.\n"
        "  Way out  Add the flag: `--network-dataplane cilium --network-policy cilium` (Azure CLI 2.54.0 or later).\n"
        "           In a template, set networkDataplane and networkPolicy to cilium in the same request.\n"
        "  Rule     CIL-POLICY-FLAG: The Cilium command does not set the policy engine (aks-preflight rules show"
        " CIL-POLICY-FLAG)\n"
        "  Source   MicrosoftDocs/azure-aks-docs#264; Azure/AKS-Construction#535\n"
    )


def test_a_message_can_come_on_stdin_and_the_answer_be_json() -> None:
    body = '{"error": {"code": "BadRequest", "message": "NetworkPluginMode overlay is not supported with'
    done = explain("-", "--format", "json", stdin=body + ' NetworkPlugin kubenet."}}')
    assert done.returncode == 0
    assert [(row["name"], row["rules"]) for row in json.loads(done.stdout)] == [
        ("UnsupportedNetworkPluginModeWithNetworkPlugin", ["KUB-PLUGIN-FLAG", "KUB-UAMI", "KUB-PODCIDR"])
    ]


def test_what_is_not_known_says_so_and_names_the_known_codes() -> None:
    done = explain("the", "pod", "is", "fine")
    assert (done.returncode, done.stdout) == (2, "")
    start, _, codes = done.stderr.partition("Known codes: ")
    assert start == (
        "aks-preflight: This error is not known. Give the code or subcode alone, or the whole message in quotes. "
    )
    assert codes.startswith("AllocationFailed, AzureCNIOnlyForWindows, CiliumDataplaneRequiresNetworkPolicyCilium, ")


def test_nothing_to_explain_and_an_unknown_format_are_usage_errors() -> None:
    assert (explain("-").returncode, explain("X", "--format", "yaml").returncode) == (2, 2)
