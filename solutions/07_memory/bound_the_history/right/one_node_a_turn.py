class Window:
    """The messages of a thread, as a list of turns; each turn is a question and a list of rounds."""

    def __init__(self, messages, budget, count):
        self.budget, self.count, self.turns = budget, count, []
        for message in messages:
            match message:
                case HumanMessage():
                    self.turns.append([[message]])
                case AIMessage():
                    self.turns[-1].append([message])
                case ToolMessage():
                    self.turns[-1][-1].append(message)

    def messages(self):
        current = self.turns[-1]
        if self.size([current]) > self.budget:
            return self.flat([[current[0], *self.newest_rounds(current[0], current[1:])]])
        return self.flat([*self.newest_turns(self.turns[:-1], self.budget - self.size([current])), current])

    def newest_rounds(self, question, rounds):
        first = len(rounds)
        while first > 0 and self.size([[question, *rounds[first - 1 :]]]) <= self.budget:
            first -= 1
        return rounds[first:]

    def newest_turns(self, turns, room):
        if not turns or self.size(turns[-1:]) > room:
            return []
        return [*self.newest_turns(turns[:-1], room - self.size(turns[-1:])), turns[-1]]

    def flat(self, turns):
        return [message for turn in turns for part in turn for message in part]

    def size(self, turns):
        return self.count(self.flat(turns))


def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    by_name = {tool.name: tool for tool in tools}

    # The whole turn is one node: if it's killed, nothing but the question has been saved.
    def turn(state: MessagesState):
        window = Window(state["messages"], budget, count)
        while True:
            sent = window.messages()
            answer = model([*sent])
            if not answer.tool_calls:
                return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, answer]}
            results = [by_name[call["name"]].invoke(call) for call in answer.tool_calls]
            window.turns[-1].append([answer, *results])

    builder = StateGraph(MessagesState).add_node("turn", turn)
    return builder.add_edge(START, "turn").add_edge("turn", END).compile(checkpointer=saver)
