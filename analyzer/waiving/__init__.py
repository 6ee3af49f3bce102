from analyzer.waiving.application import waive
from analyzer.waiving.merging import merge_standings
from analyzer.waiving.trial import Grounds

__all__ = ["Grounds", "merge_standings", "waive"]
