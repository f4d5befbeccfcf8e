# says: measure what you send
from collections import Counter

from langgraph.types import Overwrite


def split(messages):
    """Return a list of turns: each a question and its complete rounds."""
    turns = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append((message, []))
        elif turns and isinstance(message, AIMessage):
            turns[-1][1].append([message])
        elif turns and turns[-1][1]:
            turns[-1][1][-1].append(message)
    return [(question, [r for r in rounds if is_complete(r)]) for question, rounds in turns]


def is_complete(round):
    asked = Counter(call["id"] for call in round[0].tool_calls)
    return asked == Counter(message.tool_call_id for message in round[1:])


def join(turn):
    question, rounds = turn
    return [question, *(message for round in rounds for message in round)]


class Talk(TypedDict):
    messages: Annotated[list[AnyMessage], operator.add]


def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    sizes = {}

    def size(messages):
        total = 0
        for message in messages:
            key = (message.type, message.text)
            if key not in sizes:
                sizes[key] = count([message])
            total += sizes[key]
        return total

    def fit(messages):
        *older, (question, rounds) = split(messages)
        rounds = list(rounds)
        cut = False
        while rounds and size(join((question, rounds))) > budget:
            rounds.pop(0)
            cut = True
        window = join((question, rounds))
        if cut:
            return window
        for turn in reversed(older):
            longer = [*join(turn), *window]
            if size(longer) > budget:
                break
            window = longer
        return window

    def think(state: Talk):
        window = fit(state["messages"])
        answer = model(list(window))
        return {"messages": Overwrite([*window, answer])}

    builder = StateGraph(Talk)
    builder.add_node("think", think)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "think")
    builder.add_conditional_edges("think", tools_condition)
    builder.add_edge("tools", "think")
    return builder.compile(checkpointer=saver)
