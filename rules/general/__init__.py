"""Limitations of every step, and of the tools that carry them out."""

from rules.general import (
    already_target,
    api_version,
    byo_cni,
    cli_version,
    cluster_state,
    credentials,
    iac_replace,
    k8s_supported,
    locks,
    one_operation,
    permissions,
    retirement,
)

RULES = (
    cli_version.RULE,
    api_version.RULE,
    cluster_state.RULE,
    k8s_supported.RULE,
    byo_cni.RULE,
    already_target.RULE,
    one_operation.RULE,
    permissions.RULE,
    locks.RULE,
    credentials.RULE,
    iac_replace.RULE,
    retirement.RULE,
)
