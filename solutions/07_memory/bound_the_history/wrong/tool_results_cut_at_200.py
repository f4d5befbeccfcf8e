# says: was changed
def append_or_replace(left, right):
    if right and isinstance(right[0], RemoveMessage):
        return right[1:]
    return [*left, *right]


class Talk(TypedDict):
    messages: Annotated[list, append_or_replace]


def split_at(kind, messages):
    parts = []
    for m in messages:
        if isinstance(m, kind) or not parts:
            parts.append([])
        parts[-1].append(m)
    return parts


def complete(round_):
    wanted = sorted(c["id"] for c in getattr(round_[0], "tool_calls", []))
    return wanted == sorted(m.tool_call_id for m in round_[1:])


def view_of(messages, budget, count):
    turns = []
    for turn in split_at(HumanMessage, messages):
        rounds = split_at(AIMessage, turn[1:]) if turn[1:] else []
        turns.append((turn[0], [r for r in rounds if complete(r)]))
    question, rounds = turns.pop()
    view, left_out = [], False
    for r in reversed(rounds):
        if count([question, *r, *view]) > budget:
            left_out = True
            break
        view = [*r, *view]
    view = [question, *view]
    if left_out:
        return view
    for q, rs in reversed(turns):
        longer = [q, *(m for r in rs for m in r), *view]
        if count(longer) > budget:
            break
        view = longer
    return view


def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    """Return an agent whose model never gets more than `budget` tokens, and never half a round."""

    def call_model(state):
        view = view_of(state["messages"], budget, count)
        said = model(
            [
                m.model_copy(update={"content": m.content[:200]}) if isinstance(m, ToolMessage) else m
                for m in view
            ]
        )
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *view, said]}

    b = StateGraph(Talk)
    b.add_node("model", call_model)
    b.add_node("tools", ToolNode(tools))
    b.add_edge(START, "model")
    b.add_conditional_edges("model", tools_condition)
    b.add_edge("tools", "model")
    return b.compile(checkpointer=saver)
