# says: found the same
class State(TypedDict, total=False):  # the name State again, as in the basket above
    claim: str
    findings: Annotated[list[str], lambda a, b: a + [x for x in b if x not in a]]
    cost: Annotated[int, operator.add]


class CheckNode:
    def __init__(self, check):
        self.check = check

    def __call__(self, state: State) -> dict[str, Any]:
        finding, cents = self.check(state["claim"])
        return {"findings": [finding], "cost": cents}


def build_review(saver, checks):
    builder = StateGraph(State)
    for name, fn in checks.items():
        builder.add_node(name, CheckNode(fn))
        builder.set_finish_point(name)
    builder.set_conditional_entry_point(lambda _: list(checks), list(checks))
    return builder.compile(checkpointer=saver)


def repair_review(saver, checks, thread_id):
    return build_review(saver, checks).invoke(None, {"configurable": {"thread_id": thread_id}})
