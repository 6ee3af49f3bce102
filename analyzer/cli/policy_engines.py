"""Which engines are asked: by their names, or by the cluster's state and its path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzer.cli.guard import say
from analyzer.cli.options import Asking
from analyzer.cli.questions import asked
from analyzer.connectivity.engine_settings import settings_of
from analyzer.connectivity.engines.settings import Settings
from analyzer.errors import UsageError
from analyzer.flow_summary import Compared
from analyzer.model.fact import Known, LackingError, Missing
from analyzer.model.network import NetworkState, PolicyEngine, observe
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import Inputs, Solved, Step, StepKind, UnknownPath
from analyzer.model.version import parse_version
from analyzer.path import solve

_ENGINES = {
    "none": PolicyEngine.NONE,
    "npm": PolicyEngine.AZURE,
    "azure": PolicyEngine.AZURE,
    "calico": PolicyEngine.CALICO,
    "cilium": PolicyEngine.CILIUM,
}
_VERSION = "--kubernetes-version, such as 1.33"


@dataclass(frozen=True)
class Engines:
    """The engines of one cluster."""

    snapshot: Snapshot
    kubernetes_version: str | None = None
    """As it was given; None: the cluster's own."""

    def named(self, word: str, option: str = "--engine") -> Settings:
        """The engine of a name. Raises UsageError."""
        engine = _ENGINES.get(word.lower())
        if engine is None:
            raise UsageError(f"{option} is {word!r}; it can be none, npm, calico, cilium.")
        state = replace(self._at(observe(self.snapshot.cluster)), policy=Known(engine))
        if engine is PolicyEngine.CILIUM and not self._has_body and self.kubernetes_version is None:
            raise UsageError(f"{_NO_BODY} so say which version of Kubernetes Cilium will run on: {_VERSION}.")
        try:
            return settings_of(self.snapshot, state)
        except LackingError as lacking:
            if self.kubernetes_version is None:
                raise
            raise UsageError(f"--kubernetes-version is {self.kubernetes_version!r}. {lacking}.") from lacking

    def today(self) -> Settings:
        """The engine that the cluster runs. Raises UsageError where only the operator can say, LackingError."""
        if not self._has_body:
            raise UsageError(f"{_NO_BODY} so say which engine to ask: --engine none, npm, calico or cilium.")
        return settings_of(self.snapshot, self._at(observe(self.snapshot.cluster)))

    def between(self, before: str | None, after: str | None) -> Compared:
        """Two engines; the one before is today's where it is not named, the one after Cilium."""
        first = self.today() if before is None else self.named(before, "--engine-before")
        return Compared(first, self.named(after or "cilium", "--engine-after"))

    def along(self, to: str) -> tuple[Compared, ...]:
        """The changes of engines on the way to a target. Raises UsageError and LackingError."""
        if not self._has_body:
            flags = ("--engine none, npm, calico or cilium", *(() if self.kubernetes_version else (_VERSION,)))
            raise UsageError(f"{_NO_BODY} so say what runs there: {'; and '.join(flags)}.")
        path = self._path(to)
        if path.refusal is not None:
            said = f"The platform refuses the step {path.refusal.step.kind} of this path. {path.refusal.reason}"
            if not path.steps:
                raise UsageError(f"{said} To compare all the same: --engine-after cilium.")
            say(said)
        return self._changes(path.steps)

    def walked(self, words: Sequence[str], to: str) -> tuple[Settings, ...]:
        """The engines of some names; without any today's, and each that the way to a target brings."""
        if words:
            return tuple(dict.fromkeys(map(self.named, words)))
        return tuple(dict.fromkeys((self.today(), *(item.after for item in self._changes(self._path(to).steps)))))

    def _path(self, to: str) -> Solved:
        path = solve(self.snapshot.cluster, asked(Asking(to=to)).target, Inputs())
        if isinstance(path, UnknownPath):
            raise LackingError(path.missing)
        return path

    def _changes(self, steps: Sequence[Step]) -> tuple[Compared, ...]:
        """The steps that put one engine in another's place.

        After one that removed the engine, what comes later is compared with the one that the policies were written
        under.
        """
        return tuple(
            Compared(self._of(_written_under(steps[: place + 1])), self._of(step.after), step.kind.value, closes)
            for place, step in enumerate(steps)
            if step.before.policy != step.after.policy
            for closes in (_closes(steps[place:]),)
        )

    @property
    def _has_body(self) -> bool:
        return not isinstance(self.snapshot.cluster, Missing)

    def _of(self, state: NetworkState) -> Settings:
        return settings_of(self.snapshot, self._at(state))

    def _at(self, state: NetworkState) -> NetworkState:
        """The state on the version of Kubernetes that was given."""
        if self.kubernetes_version is None:
            return state
        version = parse_version(self.kubernetes_version)
        if version is None:
            raise UsageError(f"--kubernetes-version is {self.kubernetes_version!r}; give it as 1.33 or 1.33.5.")
        return replace(state, kubernetes_version=Known(version))


def _written_under(steps: Sequence[Step]) -> NetworkState:
    """The state before the last of some steps, or before an earlier one that removed the engine."""
    removal = next((step for step in steps if step.kind is StepKind.REMOVE_POLICY_ENGINE), steps[-1])
    return removal.before


def _closes(steps: Sequence[Step]) -> str:
    """The next step after the first that brings another engine; empty: none does."""
    return next((step.kind.value for step in steps[1:] if step.after.policy != steps[0].after.policy), "")


_NO_BODY = "The evidence does not hold the cluster's body (az aks show -o json),"
