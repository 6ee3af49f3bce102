"""What stands before the answers: who is let in, what fails, how long it takes, and what is counted."""

from __future__ import annotations

import json

from servers.fleet import azure, kubernetes
from servers.fleet.azure import AzureAnswers
from servers.fleet.exchange import Answer, Reply, Request, Reset, as_json
from servers.fleet.faults import Faults, Weather
from servers.fleet.figures import Figures
from servers.fleet.kubernetes import KubernetesAnswers
from servers.fleet.resource_graph import PATH

RETRY_AFTER_S = 1
_THROTTLED_ARM, _THROTTLED_API = azure.throttled(RETRY_AFTER_S), kubernetes.throttled(RETRY_AFTER_S)
_WITHOUT_TOKEN = ("/metadata/", "/oauth2/", "/.well-known/", "/v2.0/")


class Front:
    """All ports share one: the fleet's tenant."""

    def __init__(self, weather: Weather, answers: AzureAnswers, lists: KubernetesAnswers, url: str) -> None:
        self.figures = Figures()
        self._faults = Faults(weather)
        self._answers = answers
        self._lists = lists
        self._url = url
        self._sign_in_fails = False

    def take_azure(self, request: Request) -> tuple[Answer, float]:
        """What comes to Entra, ARM and Resource Graph; and to the paths of the test itself."""
        if request.path.startswith("/-/"):
            return self._admin(request.path), 0.0
        if not _is_reading(request, azure.READING_POSTS):
            return self._violation(request, azure.refusal(405, "MethodNotAllowed", "Nothing may be written.")), 0.0
        kind = _kind(request.path.lower())
        self.figures.begin(kind, request)
        failed = self._failed(request, _THROTTLED_ARM)
        return failed or self._let_in(kind, request), self._faults.weather.latency_s

    def take_kubernetes(self, request: Request) -> tuple[Answer, float]:
        """What comes to an API server."""
        if not _is_reading(request, kubernetes.READING_POSTS):
            return self._violation(request, kubernetes.not_allowed(request)), 0.0
        self.figures.begin("kubernetes", request)
        failed = self._failed(request, _THROTTLED_API)
        if failed is None and (self._sign_in_fails or not _has_token(request)):
            failed = kubernetes.unauthorized()
        return failed or self._lists.answer(request), self._faults.weather.latency_s

    def done_azure(self, request: Request) -> None:
        """An answer was sent."""
        if not request.path.startswith("/-/"):
            self.figures.end(_kind(request.path.lower()), request)

    def done_kubernetes(self, request: Request) -> None:
        """An answer was sent."""
        self.figures.end("kubernetes", request)

    def _let_in(self, kind: str, request: Request) -> Answer:
        if self._sign_in_fails and request.path.endswith("/oauth2/v2.0/token"):
            return azure.refused_sign_in()
        if kind != "token" and (self._sign_in_fails or not _has_token(request)):
            return azure.expired(self._url)
        return self._answers.answer(request)

    def _failed(self, request: Request, throttled: Reply) -> Answer | None:
        fate = self._faults.of(request)
        if not fate:
            return None
        self.figures.faults[fate] += 1
        if fate == "reset":
            return Reset()
        self.figures.retry_after_s += RETRY_AFTER_S
        return throttled

    def _violation(self, request: Request, refused: Reply) -> Reply:
        self.figures.violations.append(f"{request.method} {request.address}{request.target}")
        return refused

    def _admin(self, path: str) -> Reply:
        if path == "/-/fail-sign-in":
            self._sign_in_fails = True
            return as_json({})
        self.figures.over_quota = self._answers.quota.beyond
        return Reply(json.dumps(self.figures.told(), indent=1).encode())


def _kind(path: str) -> str:
    if path == PATH:
        return "resource graph"
    return "token" if any(part in path for part in _WITHOUT_TOKEN) else "arm"


def _is_reading(request: Request, posts: tuple[str, ...]) -> bool:
    return request.method == "GET" or (request.method == "POST" and request.path.lower().endswith(posts))


def _has_token(request: Request) -> bool:
    return request.headers.get("authorization") == "Bearer issued"
