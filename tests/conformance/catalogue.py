"""Every element of BPMN 2.0 with what becomes of it: the feature its proofs are found by, or the case that is refused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``feature`` is proved by every case that uses it and holds; ``refused`` names the case that shows why not."""

    name: str
    feature: str | None = None
    refused: str | None = None
    note: str = ""


def _both(kind: str, where: str, note: str = "") -> tuple[Row, Row]:
    """Interrupting and not."""
    name = f"{where} {kind}"
    shown = kind.capitalize()
    return Row(f"{shown}, interrupting", name, note=note), Row(f"{shown}, not interrupting", f"{name} aside", note=note)


ELEMENTS: dict[str, tuple[Row, ...]] = {
    "Tasks": (
        Row("User task", "userTask", note="waits for a person"),
        Row("Manual task", "manualTask", note="waits like a user task"),
        Row("Task (undefined)", "task", note="waits like a user task"),
        Row("Service task", "serviceTask", note="calls an operation by its topic; a retry stands at the incident"),
        Row("Send task", "sendTask", note="sends its message, or calls an operation"),
        Row("Receive task", "receiveTask"),
        Row("Business rule task", "businessRuleTask", note="a decision table or an operation"),
        Row("Script task", "scriptTask", note="FEEL"),
        Row("Script task in another language", refused="script_in_groovy"),
        Row("Receive task that starts a process", refused="instantiating_receive"),
        Row("Global task", refused="global_task"),
    ),
    "Subprocesses and calls": (
        Row("Embedded subprocess", "subProcess"),
        Row("Call activity", "callActivity", note="shares nothing but what is mapped"),
        Row("Event subprocess", "event subprocess"),
        Row("Transaction", "transaction"),
        Row("Ad-hoc subprocess", refused="ad_hoc_subprocess"),
    ),
    "Many times": (
        Row("Multi-instance, parallel", "multi-instance parallel"),
        Row("Multi-instance, sequential", "multi-instance sequential"),
        Row("Number of instances", "loopCardinality"),
        Row(
            "Completion condition",
            "completionCondition",
            note="sees nrOfInstances, nrOfCompletedInstances, nrOfActiveInstances",
        ),
        Row("Standard loop", "standard loop", note="loopCondition, loopMaximum, testBefore; sees loopCounter"),
        Row("Compensation handler", "compensation handler"),
        Row("Multi-instance that throws events", refused="multi_instance_that_throws"),
        Row("startQuantity", refused="tokens_by_number"),
        Row("completionQuantity", refused="completion_by_number"),
    ),
    "Gateways": (
        Row("Exclusive gateway", "exclusiveGateway"),
        Row("Parallel gateway", "parallelGateway"),
        Row("Inclusive gateway", "inclusiveGateway"),
        Row("Event-based gateway", "eventBasedGateway"),
        Row("Event-based gateway, parallel", refused="parallel_event_gateway"),
        Row("Complex gateway", refused="complex_gateway"),
    ),
    "Flows": (
        Row("Sequence flow", "sequenceFlow"),
        Row("Conditional flow", "conditionExpression", note="FEEL, or translated from `${...}`"),
        Row("Default flow", "default flow"),
        Row("Implicit split", "implicit split"),
    ),
    "Start events": (
        Row("None", "start none"),
        Row(
            "Message",
            "start message",
            note="a message nobody waits for begins every process that starts with it in its current version",
        ),
        Row("Signal", "start signal", note="a signal begins every process that starts with it in its current version"),
        Row(
            "Timer",
            "start timer",
            note="begins a matter each time, in the current version; a date, a duration or a cycle, from the deployment on",
        ),
        Row("Timer whose time depends on data", refused="begun_at_a_time_of_its_own"),
        Row("Conditional", refused="conditional_start"),
        Row("Compensation", refused="compensation_start"),
    ),
    "Event subprocess starts": (
        *_both("message", "event subprocess"),
        *_both("timer", "event subprocess"),
        *_both("signal", "event subprocess"),
        *_both("escalation", "event subprocess"),
        *_both("conditional", "event subprocess"),
        Row("Error", "event subprocess error"),
    ),
    "Intermediate catch events": (
        Row("Message", "catch message", note="also one that came early"),
        Row("Timer", "catch timer"),
        Row("Signal", "catch signal"),
        Row("Conditional", "catch conditional"),
        Row("Link", "catch link"),
        Row("Multiple", "catch multiple"),
        Row("Parallel multiple", refused="multiple_parallel_event"),
    ),
    "Boundary events": (
        *_both("message", "boundary"),
        *_both("timer", "boundary"),
        *_both("signal", "boundary"),
        *_both("escalation", "boundary"),
        *_both("conditional", "boundary"),
        Row("Error", "boundary error"),
        Row("Error, not interrupting", refused="error_aside"),
        Row("Cancel", "boundary cancel"),
        Row("Compensation", "boundary compensate"),
        Row("Multiple", "boundary multiple"),
    ),
    "Intermediate throw events": (
        Row("None", "throw none"),
        Row("Message", "throw message"),
        Row("Signal", "throw signal"),
        Row("Escalation", "throw escalation"),
        Row("Link", "throw link"),
        Row("Compensation", "throw compensate"),
        Row("Multiple", "throw multiple"),
        Row("Error", refused="thrown_in_between"),
    ),
    "End events": (
        Row("None", "end none"),
        Row("Message", "end message"),
        Row("Signal", "end signal"),
        Row("Error", "end error"),
        Row("Escalation", "end escalation"),
        Row("Cancel", "end cancel"),
        Row("Compensation", "end compensate"),
        Row("Terminate", "end terminate"),
        Row("Multiple", "end multiple"),
    ),
    "Times": (
        Row("Date", "timeDate"),
        Row("Duration", "timeDuration"),
        Row("Cycle", "timeCycle"),
        Row("Working days", "workdays", note="`10 workdays`, `R2/5 workdays`"),
        Row("Cron", refused="cron"),
    ),
    "Data, lanes and notes": (
        Row("Lane", "laneSet", note="candidates of a task that names none"),
        Row("Data object", "dataObject", note="documentation"),
        Row("Text annotation", "textAnnotation", note="documentation"),
        Row("Group", "group", note="documentation"),
        Row("Association", "association", note="documentation, but for compensation handlers"),
        Row("Pool and message flow", "messageFlow", note="each pool's process is its own; the flows are documentation"),
        Row("Nested lanes", "childLaneSet", note="the innermost counts"),
        Row("Data inputs and outputs", "ioSpecification", note="documentation"),
        Row("Event definition beside the process", "eventDefinitionRef", note="followed"),
        Row("Data store", refused="data_store"),
        Row("Choreography", refused="choreography"),
        Row("Choreography task", refused="choreography_task"),
    ),
    "Code": (
        Row("Java class", refused="java_class"),
        Row("Delegate expression", refused="delegate_expression"),
        Row("Method expression", refused="method_expression"),
        Row("Connector", refused="connector"),
        Row("Execution listener", refused="execution_listener"),
        Row("Task listener", refused="task_listener"),
        Row("Event listener", refused="event_listener"),
        Row("Injected field", refused="injected_field"),
        Row("skipExpression", refused="skip_expression"),
        Row("Expression without a translation", refused="method_call_in_a_condition"),
        Row("Camunda 8 (zeebe)", refused="zeebe_task"),
    ),
}

ATTRIBUTES: dict[str, str] = {
    "candidateGroups": "who may do a task: `role`, `role@variable`, or an expression",
    "assignee": "the account that is to do it",
    "dueDate": "until when: a date, a duration, `7 workdays`",
    "topic": "the operation of a service, send or business rule task, or of a message event",
    "inputParameter": "what an operation, a message or a person is given",
    "outputParameter": "which results become variables, under which name",
    "resultVariable": "the variable a script, a decision or an operation fills",
    "decisionRef": "the decision of a business rule task",
    "mapDecisionResult": "`singleEntry`, `singleResult`, `collectEntries` or `resultList`",
    "collection": "the list of a multi-instance",
    "elementVariable": "the name of its item",
    "in": 'what a call hands in: `source`, `sourceExpression` or `variables="all"`',
    "out": "what it hands out",
    "errorCodeVariable": "where the code of a caught error goes",
    "property key": "the correlation key of a message",
}
"""What is read of the extension attributes, of ``camunda:``, ``flowable:`` and ``activiti:`` alike."""

MOVES: dict[str, str] = {
    "complete": "a person does a task",
    "message": "a message arrives",
    "signal": "a signal is sent",
    "advance": "time passes",
    "return": "退回 to an earlier task",
    "withdraw": "撤回 of what one has handed in",
    "claim": "认领",
    "release": "放回",
    "transfer": "转办",
    "delegate": "委托",
    "urge": "催办",
    "add_signer": "加签",
    "remove_signer": "减签",
    "suspend": "挂起",
    "resume": "恢复",
    "cancel": "终止, of a task or of the whole",
    "retry": "an administrator tries a failed element again",
    "skip": "passes over one",
    "jump": "takes a token elsewhere",
}

PICTURES: tuple[tuple[str, str], ...] = (
    ("fragments", "boundary_timer"),
    ("fragments", "inclusive_gateway"),
    ("fragments", "event_based_gateway"),
    ("fragments", "boundary_error"),
    ("fragments", "event_subprocess_message"),
    ("fragments", "transaction"),
    ("fragments", "compensation"),
    ("fragments", "event_subprocess_timer"),
)
"""Group and name of the cases that are shown."""
