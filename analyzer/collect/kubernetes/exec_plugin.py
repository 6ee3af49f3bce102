"""Exec plugins of a kubeconfig, such as kubelogin: run them, within a time, and take what they answer.

The kubernetes package runs them too, but logs their failure and goes on without credentials, and waits for ever.
Protocol: client.authentication.k8s.io, as the Kubernetes documentation has it under "Authenticating", client-go
credential plugins.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from analyzer.collect.known_types import introduce
from analyzer.collect.kubernetes.sentences import one_line
from analyzer.errors import UnreachableError

_RENEWAL = timedelta(minutes=1)


class Variable(msgspec.Struct, frozen=True):
    """One environment variable of a plugin."""

    name: str
    value: str


class ExecConfig(msgspec.Struct, frozen=True, rename="camel"):
    """The `exec` part of a kubeconfig's user."""

    command: str
    api_version: str
    args: tuple[str, ...] | None = None
    env: tuple[Variable, ...] | None = None
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = "IfAvailable"


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """ExecCredential.status: a token, or a client certificate with its key, both PEM."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it holds something to sign in with."""
        return bool(self.token or (self.client_certificate_data and self.client_key_data))

    def is_fresh(self, now: datetime) -> bool:
        """Whether it lasts for another minute. One without an expiry lasts."""
        return self.expiration_timestamp is None or now + _RENEWAL < self.expiration_timestamp


class _ExecCredential(msgspec.Struct, frozen=True, rename="camel"):
    kind: str
    api_version: str
    status: Credential | None = None


introduce(ExecConfig)
_ANSWER = msgspec.json.Decoder(_ExecCredential)


@dataclass(slots=True)
class Plugin:
    """One plugin, for one cluster of a kubeconfig."""

    config: ExecConfig
    cluster: Mapping[str, Any]
    """The cluster's part of the kubeconfig, which the plugin is told where it asks for it."""
    folder: Path
    """Where the kubeconfig lies: a relative command starts there."""
    timeout_s: float
    _latest: Credential | None = field(default=None, init=False)

    def credential(self) -> Credential:
        """What the plugin answers; asked again a minute before that expires. Raises UnreachableError."""
        if self._latest is None or not self._latest.is_fresh(datetime.now(UTC)):
            self._latest = self._answer(self._run())
        return self._latest

    def token(self) -> str:
        """The bearer token, empty where the plugin answers with a certificate. Raises UnreachableError."""
        return self.credential().token

    def _run(self) -> bytes:
        interactive = self._is_interactive()
        try:
            done = subprocess.run(
                [self._program(), *(self.config.args or ())],
                env=self._environment(interactive),
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if interactive else subprocess.PIPE,
                timeout=self.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._error(f"did not answer within {self.timeout_s:g} s") from error
        except OSError as error:
            raise self._error(f"cannot be started: {error.strerror}") from error
        if done.returncode:
            said = one_line((done.stderr or b"").decode(errors="replace"))
            raise self._error(f"ended with exit code {done.returncode}" + (f": {said}" if said else ""))
        return done.stdout

    def _program(self) -> str:
        """The command, found as client-go finds it: in the kubeconfig's folder where it is a path, else in PATH."""
        name = self.config.command
        program = shutil.which(str(self.folder / name) if os.path.dirname(name) else name)
        if program is None:
            hint = one_line(self.config.install_hint)
            raise self._error("is not installed" + (f": {hint}" if hint else ""))
        return program

    def _is_interactive(self) -> bool:
        has_terminal = sys.stdin is not None and sys.stdin.isatty()
        if self.config.interactive_mode == "Always" and not has_terminal:
            raise self._error("needs a terminal, and there is none")
        return has_terminal and self.config.interactive_mode != "Never"

    def _environment(self, interactive: bool) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": interactive}
        if self.config.provide_cluster_info:
            spec["cluster"] = _cluster_info(self.cluster)
        request = {"apiVersion": self.config.api_version, "kind": "ExecCredential", "spec": spec}
        given = {item.name: item.value for item in self.config.env or ()}
        return {**os.environ, **given, "KUBERNETES_EXEC_INFO": msgspec.json.encode(request).decode()}

    def _answer(self, output: bytes) -> Credential:
        try:
            answer = _ANSWER.decode(output)
        except msgspec.MsgspecError as error:
            raise self._error(f"does not answer with an ExecCredential: {error}") from error
        if answer.api_version != self.config.api_version:
            asked = self.config.api_version
            raise self._error(f"answers as {answer.api_version}, and the kubeconfig asks for {asked}")
        if answer.status is None or not answer.status.is_usable:
            raise self._error("answers with neither a token nor a certificate and its key")
        return answer.status

    def _error(self, what: str) -> UnreachableError:
        return UnreachableError(f"Cannot sign in: the kubeconfig's exec plugin {self.config.command} {what}")


def _cluster_info(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """spec.cluster: the kubeconfig's cluster, and the extension that is meant for plugins."""
    told = {key: value for key, value in cluster.items() if key != "extensions"}
    for extension in cluster.get("extensions") or ():
        if extension.get("name") == "client.authentication.k8s.io/exec":
            told["config"] = extension.get("extension")
    return told
