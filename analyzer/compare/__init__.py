"""What changed between two judgements of one cluster, or of one fleet; and whether it got worse. Pure."""

from analyzer.compare.clusters import compare_reports as compare_reports
from analyzer.compare.clusters import has_changes as has_changes
from analyzer.compare.fleets import compare_fleets as compare_fleets
from analyzer.compare.worse import is_fleet_worse as is_fleet_worse
from analyzer.compare.worse import is_worse as is_worse
