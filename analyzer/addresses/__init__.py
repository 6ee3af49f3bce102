"""Address arithmetic and address planning: intervals, demand, known ranges, proposal."""

from analyzer.addresses.intervals import Interval as Interval
from analyzer.addresses.intervals import cidrs_of as cidrs_of
from analyzer.addresses.intervals import contains as contains
from analyzer.addresses.intervals import exact_network as exact_network
from analyzer.addresses.intervals import family as family
from analyzer.addresses.intervals import interval as interval
from analyzer.addresses.intervals import is_covered as is_covered
from analyzer.addresses.intervals import node_capacity as node_capacity
from analyzer.addresses.intervals import number as number
from analyzer.addresses.intervals import overlaps as overlaps
from analyzer.addresses.intervals import prefix_length as prefix_length
from analyzer.addresses.intervals import subtract as subtract
from analyzer.addresses.intervals import text_of as text_of
from analyzer.addresses.intervals import wider as wider
