"""What the evaluation of a decision may be refused for."""

from engine.errors import Invalid


class NoSuchDecision(Invalid):
    """There is no decision {decision} here; there are {known}."""

    code = "no_such_decision"


class WhichDecision(Invalid):
    """The file holds several decisions that no other needs; name one of {known}."""

    code = "which_decision"


class BadDecision(Invalid):
    """The decision cannot be evaluated before it is mended: {element}: {message}"""

    code = "bad_decision"


class RulesOverlap(Invalid):
    """Rules {rules} of {decision} all match, where only one may; make them exclude each other or choose another hit policy."""

    code = "rules_overlap"


class RulesDisagree(Invalid):
    """Rules {rules} of {decision} all match and give different results, where all must agree."""

    code = "rules_disagree"


class NotSummable(Invalid):
    """The results of {decision} cannot be brought together as {aggregation}: they are {kinds}."""

    code = "not_summable"
