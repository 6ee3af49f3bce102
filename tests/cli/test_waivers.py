"""Waivers from the command line: the file, the exit codes, what stderr says, and the draft."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import healthy
import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from analyzer.cli.waiver_draft import draft
from analyzer.engine import Question, judge
from analyzer.model.report import Report, Result, State
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Target
from analyzer.store.snapshot_file import encode, pack
from analyzer.store.waiver_file import read_waivers
from rules import CATALOG

RUN = "from analyzer.cli.entry import main; main()"
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{namespace: shop, name: {name}}}
spec: {{maxUnavailable: 0, selector: {{matchLabels: {{app: web}}}}}}
status: {{expectedPods: 2, currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0}}
"""
AVAILABILITY_SET = "pools: {apps: {type: AvailabilitySet}}"


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("AKS_PREFLIGHT_")}
    return subprocess.run(
        [sys.executable, "-c", RUN, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**plain, "COLUMNS": "100", **environment},
        cwd=cwd,
    )


def check(folder: Path, *words: str | Path, verb: str = "check", **environment: str) -> tuple[int, list[str]]:
    """The exit code and the lines on stderr."""
    done = run(verb, "shop.zip", "--as-of", healthy.AS_OF, *words, cwd=folder, **environment)
    return done.returncode, done.stderr.splitlines()


def judged(snapshot: Snapshot, *entries: str, strict: bool = False, pod_cidr: str | None = None) -> Report:
    """The report, without a process of its own."""
    reads = {rule.id: rule.reads for rule in CATALOG}
    question = Question(
        target=Target.OVERLAY_CILIUM,
        inputs=Inputs(pod_cidr=pod_cidr),
        as_of=healthy.AS_OF,
        snapshot_hash="",
        tool_version="0",
        waivers=read_waivers(file_of(*entries).encode(), "waivers.yaml", reads),
        strict=strict,
    )
    return judge(snapshot, question, CATALOG)


def save(folder: Path, snapshot: Snapshot, name: str = "shop.zip") -> None:
    (folder / name).write_bytes(pack(encode(snapshot)))


def entry(rule: str, selector: str, *, expires: str = "2027-01-31", fact: str = "") -> str:
    given = f"  fact: {fact}\n" if fact else ""
    return (
        f"- rule: {rule}\n{given}  selector: {selector}\n  reason: Seen\n  owner: Ada\n  expires: {expires}\n"
        "  ticket: CHG-1\n"
    )


def file_of(*entries: str) -> str:
    return "waivers:\n" + "".join(entries) if entries else "waivers: []"


def write(folder: Path, *entries: str) -> None:
    (folder / "waivers.yaml").write_text(file_of(*entries))


WAIVERS = ("--waivers", "waivers.yaml")


def with_budget() -> Snapshot:
    """A cluster whose budget `ci-logs-replica` stops the drain: a risk, and nothing else."""
    return healthy.with_objects(healthy.healthy(), BUDGET.format(name="ci-logs-replica"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with that cluster."""
    save(tmp_path, with_budget())
    return tmp_path


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_a_waived_risk_does_not_fail_the_run_but_with_strict(shop: Path, verb: str) -> None:
    write(shop, entry("REI-PDB", "{name: ci-logs-replica}"))
    assert check(shop, "--fail-on", "risks", *WAIVERS, verb=verb) == (0, [])
    assert check(shop, "--fail-on", "risks", *WAIVERS, "--strict", verb=verb) == (4, [])


def test_both_options_are_environment_variables_too(shop: Path) -> None:
    write(shop, entry("REI-PDB", "{name: ci-logs-replica}"))
    given = {"AKS_PREFLIGHT_WAIVERS": "waivers.yaml", "AKS_PREFLIGHT_FAIL_ON": "risks"}
    assert check(shop, **given) == (0, [])
    assert check(shop, **given, AKS_PREFLIGHT_STRICT="1") == (4, [])


def test_strict_ignores_every_waiver_and_the_report_says_so() -> None:
    found = judged(with_budget(), entry("REI-PDB", "{name: ci-logs-replica}"), strict=True)
    assert (found.verdict, [(item.standing, item.count) for item in found.waivers]) == (
        "READY_WITH_RISKS",
        [("ignored", 2)],
    )


def test_a_waived_blocker_does_not_block_unless_the_platform_enforces_it() -> None:
    snapshot, given = healthy.with_cluster(healthy.healthy(), AVAILABILITY_SET), entry("OVL-VMAS", "{name: apps}")
    assert [judged(snapshot).verdict, judged(snapshot, given).verdict] == ["BLOCKED", "READY"]


def test_a_waived_blocker_that_the_platform_enforces_still_ends_with_3(shop: Path) -> None:
    save(shop, healthy.healthy())
    write(shop, entry("OVL-PODCIDR-OVERLAP-VNET", "{name: shop-vnet/nodes}"))
    told = (
        "waivers.yaml:2: the waiver of OVL-PODCIDR-OVERLAP-VNET is refused. The platform itself enforces"
        " OVL-PODCIDR-OVERLAP-VNET at overlay, whoever accepts it: settle shop-rg/Subnet/shop-vnet/nodes."
    )
    assert check(shop, "--pod-cidr", "10.10.0.0/20", *WAIVERS) == (3, [told])


def test_a_waived_gap_is_a_risk_that_somebody_took(shop: Path) -> None:
    unread = healthy.without(healthy.healthy(), Source.POD_DISRUPTION_BUDGETS)
    found = judged(unread)
    gaps = {(result.rule, item.source) for result in found.results for item in result.gaps if item.severity != "notice"}
    assert (found.verdict, gaps) == ("INDETERMINATE", {("REI-PDB", "pod_disruption_budgets")})
    save(shop, unread)
    write(shop, entry("REI-PDB", "{cluster: shop}", fact="pod_disruption_budgets"))
    assert check(shop, *WAIVERS) == (0, [])
    assert check(shop, *WAIVERS, "--fail-on", "risks") == (4, [])


def test_what_does_not_work_is_said_on_one_line_each_and_changes_no_verdict(shop: Path) -> None:
    write(
        shop,
        entry("REI-PDB", "{name: ci-logs-replica}", expires="2026-11-19"),
        entry("REI-PDB", "{name: api}", expires="2026-11-19"),
        entry("REI-PDB", "{name: web}"),
        entry("REI-PDB", "{name: ci-logs}"),
        entry("REI-PDB", "{name: web, cluster: store}"),
    )
    assert check(shop, *WAIVERS, "--fail-on", "risks", "-q") == (
        4,
        [
            "waivers.yaml:2: the waiver of REI-PDB expired: its last day was 2026-11-19. 2 of what it accepted count again.",
            "waivers.yaml:8: the waiver of REI-PDB expired: its last day was 2026-11-19. REI-PDB finds nothing that it"
            " names.",
            "waivers.yaml:14: the waiver of REI-PDB is unused. REI-PDB finds nothing that it names.",
            "waivers.yaml:20: the waiver of REI-PDB matches nothing, but nearly. REI-PDB finds"
            " shop/PodDisruptionBudget/ci-logs-replica: name ci-logs is not ci-logs-replica. Words match whole, with"
            " their case.",
        ],
    )


def test_what_was_not_seen_is_not_called_unused(shop: Path) -> None:
    unread = healthy.without(healthy.healthy(), Source.POD_DISRUPTION_BUDGETS)
    save(shop, unread)
    write(shop, entry("REI-PDB", "{name: web}"))
    assert check(shop, *WAIVERS) == (5, [])
    assert [item.standing for item in judged(unread, entry("REI-PDB", "{name: web}")).waivers] == ["out of sight"]


def test_over_several_targets_a_waiver_is_unused_only_where_no_target_needs_it(shop: Path) -> None:
    save(shop, healthy.with_cluster(healthy.healthy(), "name: store"), "store.zip")
    write(shop, entry("REI-PDB", "{name: ci-logs-replica}"), entry("REI-PDB", "{name: web}"))
    unused = (
        "waivers.yaml:8: the waiver of REI-PDB is unused. REI-PDB finds nothing that it names. So it is in 2 clusters."
    )
    both = ("store.zip", "--out-dir", "out", "-q", *WAIVERS)
    assert check(shop, *both) == (0, [unused])
    (shop / "lost.zip").write_bytes(b"no zip")
    code, lines = check(shop, "lost.zip", *both)
    assert (code, [line for line in lines if "unused" in line]) == (2, [])


def test_every_mistake_in_the_file_is_said_and_nothing_is_judged(shop: Path) -> None:
    write(shop, entry("REI-PDBS", "{nam: web}"), entry("REI-PDB", "{name: web}", expires="soon"))
    done = run("check", "shop.zip", *WAIVERS, "--strict", cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "waivers.yaml:2: there is no rule 'REI-PDBS': did you mean REI-PDB?",
        "waivers.yaml:3: a selector has no key 'nam': did you mean name?",
        "waivers.yaml:12: `expires` is 'soon': give a day that exists, as YYYY-MM-DD.",
        "aks-preflight: waivers.yaml is not used, and nothing is judged: correct what is said above.",
    ]


@pytest.mark.parametrize(("name", "told"), [("none.yaml", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_ends_with_2(shop: Path, name: str, told: str) -> None:
    assert check(shop, "--waivers", name) == (2, [f"aks-preflight: {name} cannot be read: {told}."])


def test_the_schema_of_waiver_files_knows_the_rules_and_facts(shop: Path) -> None:
    schema = json.loads(run("schema", "waivers", cwd=shop).stdout)
    Draft202012Validator.check_schema(schema)
    known = Draft202012Validator(schema)
    right = entry("REI-PDB", "{name: {glob: 'ci-*'}}", fact="pods")
    wrong = [entry("REI-PDBS", "{name: web}"), entry("REI-PDB", "{name: web}", fact="podz")]
    assert [known.is_valid(yaml.load(text, yaml.BaseLoader)) for text in (right, *wrong)] == [True, False, False]


def filled(text: str) -> str:
    for key, word in {"reason": "Seen", "owner": "Ada", "expires": "2027-01-31", "ticket": "CHG-1"}.items():
        text = text.replace(f'{key}: ""', f'{key}: "{word}"')
    return text


ID = f"{healthy.GROUP}/providers/Microsoft.ContainerService/managedClusters/shop"
TO_FILL_IN = """\
  reason: ""  # fill in: why it is accepted
  owner: ""  # fill in: who accepts it
  expires: ""  # fill in: the last day on which it holds, YYYY-MM-DD
  ticket: ""  # fill in: where it was decided
"""
DRAFT = f"""\
waivers:

# blocker at overlay: Pool apps is an availability set; overlay does not work with them.
# risk at cilium: Pool apps is an availability set; Cilium is not described for them.
- rule: "OVL-VMAS"
  selector:
    cluster: "{ID}"
    kind: "AgentPool"
    name: "apps"
{TO_FILL_IN}
# risk at overlay: This budget never allows an eviction, so the drain times out: maxUnavailable is 0, and it covers 2 pods.
# risk at cilium: This budget never allows an eviction, so the drain times out: maxUnavailable is 0, and it covers 2 pods.
- rule: "REI-PDB"
  selector:
    cluster: "{ID}"
    namespace: "shop"
    kind: "PodDisruptionBudget"
    name: "ci-logs-replica"
{TO_FILL_IN}
# blocker at overlay: locks not read (forbidden): locks: forbidden
# blocker at cilium: locks not read (forbidden): locks: forbidden
- rule: "GEN-LOCKS"
  fact: "locks"
  selector:
    cluster: "{ID}"
{TO_FILL_IN}"""


def troubled() -> Snapshot:
    """A cluster with a blocker, a risk and a gap."""
    return healthy.without(healthy.with_cluster(with_budget(), AVAILABILITY_SET), Source.LOCKS)


def test_a_draft_has_one_entry_for_each_object_and_gap_the_gravest_first() -> None:
    text = draft(judged(troubled()))
    assert text[text.index("waivers:") :] == DRAFT


def test_a_draft_that_is_filled_in_accepts_everything_and_no_entry_is_for_what_is_waived() -> None:
    entries = filled(DRAFT).partition("\n")[2]
    found = judged(troubled(), entries)
    assert found.verdict == "READY_WITH_RISKS"
    assert [(item.standing, item.count) for item in found.waivers] == [("in force", 2)] * 3
    assert draft(found).splitlines()[2:] == ["# There is nothing in it that a waiver could accept.", "waivers: []"]


def test_what_the_platform_enforces_is_a_comment_in_a_draft() -> None:
    text = draft(judged(healthy.healthy(), pod_cidr="10.10.0.0/20"))
    assert text[text.index("# Cannot") :] == (
        "# Cannot be waived, OVL-PODCIDR-OVERLAP-VNET, which the platform itself enforces:"
        " shop-rg/Subnet/shop-vnet/nodes\n"
        "#   blocker at overlay: Pod CIDR 10.10.0.0/20 overlaps subnet shop-vnet/nodes (10.10.0.0/20).\n"
        "waivers: []\n"
    )


def test_a_path_that_is_not_known_or_refused_and_a_rule_that_broke_cannot_be_waived() -> None:
    found = judged(healthy.healthy())
    broken = msgspec.structs.replace(found.results[0], rule="GEN-X", step="overlay", state=State.ERROR)
    text = draft(msgspec.structs.replace(found, results=(broken,)))
    assert "\n# Cannot be waived: GEN-X broke at overlay; its answer is not known.\nwaivers: []\n" in text
    unknown = draft(judged(healthy.without(healthy.healthy(), Source.CLUSTER)))
    assert "\n# Cannot be waived: the path is not known. cluster: forbidden\nwaivers: []\n" in unknown
    windows = healthy.with_cluster(healthy.healthy(), "pools: {win: {osType: Windows, osSKU: Windows2022}}")
    assert "\n# Cannot be waived: the platform refuses the step cilium. " in draft(judged(windows))


def test_names_that_are_markup_to_yaml_stay_names() -> None:
    hostile = 'a"b: {c}\n- rule: X\u2028\u202e #\x1b'
    found = judged(with_budget())
    results = tuple(renamed(result, hostile) for result in found.results)
    text = draft(msgspec.structs.replace(found, results=results))
    (read,) = yaml.safe_load(text)["waivers"]
    assert (read["rule"], read["selector"]["name"]) == ("REI-PDB", hostile)
    assert {char for char in text if not char.isprintable()} == {"\n"}


def renamed(result: Result, name: str) -> Result:
    plain = msgspec.structs.replace
    objects = [plain(item.object, name=name) for item in result.findings]
    pairs = zip(result.findings, objects, strict=True)
    return plain(result, findings=tuple(plain(item, object=named, message=name) for item, named in pairs))


def test_a_draft_is_refused_until_it_is_filled_in_and_never_overwrites_a_file(shop: Path) -> None:
    run("check", "shop.zip", "--format", "json=report.json", cwd=shop)
    printed = run("waivers", "draft", "report.json", cwd=shop)
    written = run("waivers", "draft", "report.json", "-o", "waivers.yaml", cwd=shop)
    assert ((written.returncode, written.stdout), (shop / "waivers.yaml").read_text()) == ((0, ""), printed.stdout)
    code, told = check(shop, *WAIVERS)
    assert (code, len(told), told[0].partition(": ")[2]) == (2, 5, "`reason` is empty: why it is accepted.")
    again = run("waivers", "draft", "report.json", "-o", "waivers.yaml", cwd=shop)
    assert (again.returncode, again.stderr) == (
        2,
        "aks-preflight: waivers.yaml exists, and may hold waivers that were filled in: give -o a new name.\n",
    )


def test_what_is_no_report_has_no_draft(shop: Path) -> None:
    done = run("waivers", "draft", "shop.zip", cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert "shop.zip is not a whole JSON report of aks-preflight" in done.stderr
